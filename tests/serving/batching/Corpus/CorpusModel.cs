using System.Globalization;
using MnistAdder.Onnx;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>A model of ONNX's own backend tests, with the tensors that it is tested on.</summary>
internal sealed class CorpusModel
{
    /// <summary>Where Debian's package libonnx-testdata puts them.</summary>
    public const string Folder = "/usr/share/libonnx-testdata/data";

    private static readonly HashSet<string> s_randomOperators =
        ["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"];

    private readonly string _folder;

    private CorpusModel(string folder)
    {
        _folder = folder;
        Name = Path.GetFileName(folder);
        File = Path.Combine(folder, "model.onnx");
        Bytes = System.IO.File.ReadAllBytes(File);
        Model = ModelProto.Parser.ParseFrom(Bytes);
        var initializers = Model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet();
        Inputs = [.. Model.Graph.Input.Where(input => !initializers.Contains(input.Name))];
        Outputs = [.. Model.Graph.Output];
    }

    public string Name { get; }

    public string File { get; }

    public byte[] Bytes { get; }

    public ModelProto Model { get; }

    /// <summary>The inputs that have no value of their own.</summary>
    public IReadOnlyList<ValueInfoProto> Inputs { get; }

    public IReadOnlyList<ValueInfoProto> Outputs { get; }

    /// <summary>Whether two runs may give different values.</summary>
    public bool IsRandom => Model.Graph.Node.Any(IsRandomNode);

    /// <summary>The models of one of the package's folders; skips the test where there are none.</summary>
    public static IReadOnlyList<CorpusModel> AllOrSkip(string name)
    {
        string folder = Path.Combine(Folder, name);
        Assert.SkipUnless(Directory.Exists(folder), $"There is no {folder} (Debian: libonnx-testdata).");
        return [.. Directory.GetDirectories(folder).Where(path => System.IO.File.Exists(Path.Combine(path, "model.onnx"))).Order().Select(path => new CorpusModel(path))];
    }

    /// <summary>The first input or output of a type that no column can hold; <see langword="null"/> where there is none.</summary>
    public (string Tensor, string Type)? WithoutColumn()
    {
        foreach (ValueInfoProto value in Inputs.Concat(Outputs))
        {
            if (TypeWithoutColumn(value.Type) is { } type)
                return (value.Name, type);
        }

        return null;
    }

    /// <summary>Whether the model leaves an input's first dimension open: to the transform, that is the batch.</summary>
    public bool LeavesFirstOpen(string input) =>
        Inputs.Single(value => value.Name == input).Type.TensorType.Shape is { Dim: [{ ValueCase: not TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue }, ..] };

    /// <summary>The tensors of every test: inputs, and the outputs that they should give.</summary>
    public IEnumerable<(CorpusTensor[] Inputs, CorpusTensor[] Outputs)> DataSets() =>
        from folder in Directory.GetDirectories(_folder, "test_data_set_*").Order(StringComparer.Ordinal)
        select (Parse(folder, "input", Inputs), Parse(folder, "output", Outputs));

    /// <summary>The inputs of the first test as they are in their files, named as the model names them.</summary>
    public IEnumerable<TensorProto> InputFiles()
    {
        foreach ((string name, string file) in Files(Path.Combine(_folder, "test_data_set_0"), "input", Inputs))
        {
            TensorProto tensor = TensorProto.Parser.ParseFrom(System.IO.File.ReadAllBytes(file));
            tensor.Name = name;
            yield return tensor;
        }
    }

    private static CorpusTensor[] Parse(string folder, string kind, IEnumerable<ValueInfoProto> values) =>
        [.. Files(folder, kind, values).Select(file => CorpusTensor.Parse(file.Name, System.IO.File.ReadAllBytes(file.File)))];

    private static IEnumerable<(string Name, string File)> Files(string folder, string kind, IEnumerable<ValueInfoProto> values) => values
        .Select((value, index) => (value.Name, Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{kind}_{index}.pb"))));

    private static string? TypeWithoutColumn(TypeProto type) => type.ValueCase switch
    {
        TypeProto.ValueOneofCase.TensorType => TensorKind.Of((ElementType)type.TensorType.ElemType) is null ? $"{(ElementType)type.TensorType.ElemType}" : null,
        TypeProto.ValueOneofCase.SequenceType => "sequence of tensors",
        TypeProto.ValueOneofCase.OptionalType => "optional",
        _ => $"{type.ValueCase}",
    };

    private static bool IsRandomNode(NodeProto node) =>
        s_randomOperators.Contains(node.OpType) || IsTrainingDropout(node) || node.Attribute.Any(attribute => attribute.G is { } inner && inner.Node.Any(IsRandomNode));

    private static bool IsTrainingDropout(NodeProto node) => node is { OpType: "Dropout", Input: [_, _, { Length: > 0 }] };
}
