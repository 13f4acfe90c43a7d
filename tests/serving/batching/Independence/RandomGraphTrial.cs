using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MnistAdder.OnnxBatching.Independence;
using MnistAdder.OnnxBatching.Independence.Flows;
using MnistAdder.OnnxBatching.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Independence;

/// <summary>What is said of a random graph's values, beside what ONNX Runtime makes of rows alone and together.</summary>
/// <param name="Output">The value.</param>
/// <param name="Said">What the graph says of it.</param>
/// <param name="Difference">What is different when rows are run together; null where nothing is.</param>
/// <param name="Misfit">How its shape isn't the one that is said; null where it is.</param>
internal sealed record RandomGraphTrial(string Output, Flow Said, string? Difference, string? Misfit)
{
    /// <summary>Whether rows are said to stand for themselves, one after the other.</summary>
    public bool IsProven => Said.Kind == FlowKind.PerRow && Said.Before == Size.One;

    /// <summary>How what is said is wrong; null where it isn't.</summary>
    public string? Fault => Misfit ?? (Said.Kind is FlowKind.PerRow or FlowKind.Same ? Difference : null);

    /// <summary>Tries a graph.</summary>
    /// <returns>One for each of its values; none where the graph fails for each row alone as for all, so that nothing is to be said.</returns>
    public static IReadOnlyList<RandomGraphTrial> Of(RandomGraph graph, Random random)
    {
        byte[] model = graph.ToBytes();
        string[] inputs = [.. graph.Inputs.Select(input => input.Name)], outputs = [.. graph.Outputs];
        Array[] data = [.. graph.Inputs.Select(input => Numbers(input.Type, RandomGraph.Rows * Length(input.Shape), random))];
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL, IntraOpNumThreads = 1 };
        InferenceSession session;
        try
        {
            session = new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException)
        {
            return [];
        }

        using (session)
        {
            IReadOnlyList<Flow> said = GraphFlow.Follow(ModelOutline.Of(model).Model!, inputs, outputs);
            using IDisposableReadOnlyCollection<OrtValue>? together = Run(0, RandomGraph.Rows);
            var differences = new string?[outputs.Length];
            for (int row = 0; row < RandomGraph.Rows; row++)
            {
                using IDisposableReadOnlyCollection<OrtValue>? alone = Run(row, 1);
                // What fails differently says something of all values, so that nothing is said where one of them isn't known.
                if ((alone is null && together is null) || ((alone is null || together is null) && said.Any(flow => flow.Kind is not (FlowKind.PerRow or FlowKind.Same))))
                    return [];
                for (int i = 0; i < outputs.Length; i++)
                {
                    if (alone is null)
                        differences[i] ??= "a row alone fails";
                    else if (together is null)
                        differences[i] ??= "rows together fail";
                    else if (!IsSame(said[i], together[i], row, alone[i]))
                        differences[i] ??= $"row {row} differs";
                }
            }

            return [.. outputs.Select((output, i) => new RandomGraphTrial(output, said[i], differences[i], together is null ? null : MisfitOf(said[i], together[i])))];

            IDisposableReadOnlyCollection<OrtValue>? Run(int first, int count)
            {
                OrtValue[] values = [.. graph.Inputs.Select((input, i) => Part(data[i], input.Shape, first, count))];
                try
                {
                    using var run = new RunOptions();
                    return session.Run(run, inputs, values, outputs);
                }
                catch (OnnxRuntimeException)
                {
                    return null;
                }
                finally
                {
                    Array.ForEach(values, value => value.Dispose());
                }
            }
        }
    }

    // The shape that is said has to be the one that is there.
    private static string? MisfitOf(Flow said, OrtValue value)
    {
        if (said.Kind is not (FlowKind.PerRow or FlowKind.Same) || said.Shape is not { } shape)
            return null;
        long[] sizes = value.GetTensorTypeAndShape().Shape;
        bool fits = sizes.Length == shape.Length && sizes.Zip(shape).All(pair => pair.Second.Known is not { } known || known == pair.First);
        return fits ? null : $"the shape is {string.Join(", ", sizes)} and not {string.Join(", ", shape)}";
    }

    // Whether a row's part is what the row alone gives; all of it, where rows are said to have nothing to do with it.
    private static bool IsSame(Flow said, OrtValue together, int row, OrtValue alone)
    {
        int length = (int)alone.GetTensorTypeAndShape().ElementCount, rows = said.Kind == FlowKind.Same ? 1 : RandomGraph.Rows;
        if (together.GetTensorTypeAndShape().ElementCount != (long)length * rows)
            return false;
        if (length == 0)
            return true;
        int before = 1;
        if (said.Kind == FlowKind.PerRow)
        {
            // Sizes before the rows needn't be known, but are there.
            if (said.Outer.Known is not { } outer)
                return true;
            before = (int)together.GetTensorTypeAndShape().Shape[..said.Axis].Aggregate(outer, (product, size) => product * size);
        }

        int bytes = alone.GetTensorMutableRawData().Length / before;
        byte[] part = new byte[bytes * before];
        for (int i = 0; i < before; i++)
            together.GetTensorMutableRawData().Slice(((i * rows) + (rows == 1 ? 0 : row)) * bytes, bytes).CopyTo(part.AsSpan(i * bytes));
        return alone.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float
            ? AreClose(MemoryMarshal.Cast<byte, float>(part), alone.GetTensorDataAsSpan<float>())
            : alone.GetTensorMutableRawData().SequenceEqual(part);
    }

    private static bool AreClose(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        // Numbers that nearly cancel out are as wrong as those of about 1 that they come from.
        float greatest = 1;
        foreach (float value in right)
            greatest = float.IsFinite(value) ? Math.Max(greatest, Math.Abs(value)) : greatest;
        for (int i = 0; i < right.Length; i++)
        {
            if (!left[i].Equals(right[i]) && !(Math.Abs(left[i] - right[i]) <= 1e-5f * greatest))
                return false;
        }

        return true;
    }

    private static Array Numbers(ElementType type, int count, Random random) => type == ElementType.Int64
        ? Enumerable.Range(0, count).Select(_ => (long)random.Next(0, 3)).ToArray()
        : Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 4) - 2)).ToArray();

    private static OrtValue Part(Array data, int[] shape, int first, int count)
    {
        int length = Length(shape);
        long[] dimensions = [count, .. shape.Select(size => (long)size)];
        return data is long[] integers
            ? OrtValue.CreateTensorValueFromMemory(integers[(first * length)..((first + count) * length)], dimensions)
            : OrtValue.CreateTensorValueFromMemory(((float[])data)[(first * length)..((first + count) * length)], dimensions);
    }

    private static int Length(int[] shape) => shape.Aggregate(1, (product, size) => product * size);
}
