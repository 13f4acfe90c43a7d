using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.Onnx;
using MnistAdder.Onnx.Graphs;

namespace MnistAdder.OnnxQuantization.Graphs;

/// <summary>A model of floats as a sequence of steps, once constants and normalisations are folded.</summary>
internal sealed class FloatModel
{
    public const string NothingToQuantize = "The model has no convolution and no linear layer with constant weights: there is nothing to quantise.";

    private const int FirstOpset = 13;

    private FloatModel(ModelProto proto, ModelGraph graph)
    {
        Proto = proto;
        Bytes = proto.ToByteArray();
        Steps = [.. FindSteps(graph)];
        Outputs = [.. proto.Graph.Output.Select(output => output.Name)];
        Captured = Steps.SelectMany(step => ModelGraph.Reads(step.Node).Except(step.Node.Input)).ToHashSet();
    }

    public ModelProto Proto { get; }

    /// <summary>The file's contents.</summary>
    public byte[] Bytes { get; }

    /// <summary>In the order of computation.</summary>
    public IReadOnlyList<Step> Steps { get; }

    public IReadOnlyList<string> Outputs { get; }

    /// <summary>Values that graphs inside of nodes read.</summary>
    public IReadOnlySet<string> Captured { get; }

    /// <summary>The values around the steps that can be done in integers: those that 8 bits may have to stand for.</summary>
    public IReadOnlyList<string> Values =>
        [.. Steps.Where(step => step.Kind != StepKind.Other).SelectMany(step => step.Inputs.Append(step.Output)).Distinct()];

    /// <summary>Reads a model.</summary>
    /// <exception cref="OnnxQuantizationException">It is none, has integers already, is older than what integers need, has no layer, or has what ONNX Runtime takes no integers for.</exception>
    public static FloatModel Read(byte[] model)
    {
        ModelProto original = Parse(model);
        long opset = original.OpsetImport.Where(set => ModelGraph.IsOnnx(set.Domain)).Select(set => set.Version).FirstOrDefault();
        if (opset < FirstOpset)
            throw new OnnxQuantizationException($"The model's opset is {opset}; weights in integers by channel need {FirstOpset} or later. Export it again, or convert it.");
        if (original.Graph.Node.Any(node => node.OpType.Contains("QuantizeLinear", StringComparison.Ordinal) || node.OpType.StartsWith("QLinear", StringComparison.Ordinal)))
            throw new OnnxQuantizationException("The model is quantised already.");

        ModelProto simplified = Parse(Simplify(model));
        if (ModelGraph.TryCreate(simplified.Graph) is not { } graph)
            throw new OnnxQuantizationException("Two values of the model's graph have one name.");
        LayerWeights.TurnGemms(graph);
        TakeGapsFromAverages(graph);
        NormalizationFolding.Apply(graph, keepsAnswers: false);
        InputScalingFolding.Apply(graph);
        graph.Complete();
        original.Graph = simplified.Graph;
        original.IrVersion = Math.Max(original.IrVersion, simplified.IrVersion);
        // Of those that ONNX Runtime adds only what it uses; graphs inside of nodes may use any of the file's own.
        HashSet<string> domains = ["", .. original.OpsetImport.Select(set => set.Domain), .. simplified.Graph.Node.Select(node => node.Domain)];
        original.OpsetImport.Clear();
        original.OpsetImport.Add(simplified.OpsetImport.Where(set => domains.Contains(set.Domain)));
        var read = new FloatModel(original, graph);
        return read.Steps.Any(step => step.Computes) ? read : throw new OnnxQuantizationException(NothingToQuantize);
    }

    private static ModelProto Parse(byte[] model)
    {
        try
        {
            ModelProto parsed = ModelProto.Parser.ParseFrom(model);
            return parsed.Graph is null ? throw new OnnxQuantizationException("This is no ONNX model: it has no graph.") : parsed;
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new OnnxQuantizationException("This is no ONNX model.", error);
        }
    }

    // ONNX Runtime folds constants and normalisations, and writes what it made of the graph.
    private static byte[] Simplify(byte[] model)
    {
        string folder = Directory.CreateTempSubdirectory("onnx-quantization-").FullName;
        try
        {
            string path = Path.Combine(folder, "model.onnx");
            using var options = new SessionOptions
            {
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_BASIC,
                OptimizedModelFilePath = path,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            using (new InferenceSession(model, options))
                return File.ReadAllBytes(path);
        }
        catch (OnnxRuntimeException error)
        {
            throw new OnnxQuantizationException($"ONNX Runtime can't load the model: {error.Message}", error);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // ONNX Runtime 1.31 makes an average of integers of one between other integers, in whatever form they are, and then refuses the gaps
    // that its operator doesn't know, also those that are none.
    private static void TakeGapsFromAverages(ModelGraph graph)
    {
        foreach (NodeProto node in graph.Nodes)
        {
            if (!ModelGraph.Is(node, "AveragePool") || ModelGraph.Attribute(node, "dilations") is not { } gaps)
                continue;
            if (gaps.Ints.Any(gap => gap != 1))
                throw new OnnxQuantizationException($"The AveragePool '{node.Name}' has dilations, which ONNX Runtime has no integers for.");
            node.Attribute.Remove(gaps);
        }
    }

    private static IEnumerable<Step> FindSteps(ModelGraph graph)
    {
        var merged = new HashSet<string>();
        foreach (NodeProto node in graph.Nodes)
        {
            if (node.Output.Count == 1 && merged.Contains(node.Output[0]))
                continue;
            LayerWeights? weights = LayerWeights.From(graph, node);
            StepKind kind = KindOf(graph, node, isLayer: weights is not null);
            NodeProto? activation = null;
            if (kind is StepKind.Convolution or StepKind.Linear or StepKind.Product or StepKind.Sum)
                activation = graph.OnlyConsumers(node.Output[0]) is [{ } reader] && IsCut(graph, reader) ? reader : null;
            if (activation is not null)
                merged.Add(activation.Output[0]);
            yield return new Step(node, activation, kind, weights);
        }
    }

    private static StepKind KindOf(ModelGraph graph, NodeProto node, bool isLayer)
    {
        if (isLayer)
            return node.OpType switch { "Conv" => StepKind.Convolution, "Gemm" => StepKind.Linear, _ => StepKind.Product };
        if (!ModelGraph.Is(node, node.OpType) || node.Input.Any(input => graph.Constant(input) is not null))
            return StepKind.Other;
        return node.OpType switch
        {
            "Add" => StepKind.Sum,
            "Mul" => StepKind.Multiplication,
            "Concat" => StepKind.Concatenation,
            "MaxPool" => StepKind.MaxPool,
            "AveragePool" => StepKind.AveragePool,
            "GlobalAveragePool" => StepKind.GlobalAveragePool,
            "Sigmoid" => StepKind.Sigmoid,
            "LeakyRelu" => StepKind.LeakyRelu,
            "Flatten" or "Reshape" when ReadersAreLinear(graph, node) => StepKind.Flatten,
            _ => StepKind.Other,
        };
    }

    private static bool ReadersAreLinear(ModelGraph graph, NodeProto node) =>
        graph.OnlyConsumers(node.Output[0]) is { Count: > 0 } readers
        && readers.All(reader => reader.OpType == "Gemm" && reader.Input[0] == node.Output[0] && LayerWeights.From(graph, reader) is not null);

    // A Relu, or a Clip of what lies on both sides of zero, which 8 bits always have a value for.
    private static bool IsCut(ModelGraph graph, NodeProto node)
    {
        if (ModelGraph.Is(node, "Relu"))
            return true;
        return ModelGraph.Is(node, "Clip") && Bound(1) is null or <= 0 && Bound(2) is null or >= 0;

        float? Bound(int index) => index >= node.Input.Count || node.Input[index].Length == 0
            ? null
            : graph.Constant(node.Input[index]) is { Values: [var bound] } ? bound : float.NaN;
    }
}
