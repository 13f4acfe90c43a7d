using Microsoft.ML;
using MnistAdder.Fuzzing;
using MnistAdder.OnnxBatching;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Serving.Tests.Fuzzing;

/// <summary>Saved ML.NET models, through both loaders.</summary>
internal sealed class ModelZipTarget : FuzzTarget
{
    private static readonly FuzzLimits s_limits = new(ManagedBytes: 64 << 20);
    private static readonly InferenceOptions s_inference = new() { Provider = ExecutionProvider.Cpu, Workers = 1 };

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new();

    private ModelZipTarget(string name, bool withOnnx)
        : base(name, s_limits)
    {
        Seeds = withOnnx ? [DigitSum(), Identity()] : [Columns(1), Columns(3)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Of stock steps that have no model inside: cases are quick.</summary>
    public static ModelZipTarget Stock() => new("model-zip", withOnnx: false);

    /// <summary>Of an ONNX step, and of a digit-sum transform with its entry.</summary>
    public static ModelZipTarget Onnx() => new("model-zip-onnx", withOnnx: true);

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        string path = _folder.Write("model.zip", input);
        ITransformer model = input.Length % 4 == 0 ? BatchedOnnxModel.Load(_context, path, s_inference) : DigitSumModel.Load(_context, path, s_inference);
        (model as IDisposable)?.Dispose();
        return true;
    }

    /// <inheritdoc/>
    public override byte[]? EditFormat(byte[] input, Mutator mutator) => ZipEdits.Edit(input, mutator);

    /// <inheritdoc/>
    public override byte[] Mend(byte[] input) => ZipEdits.MendChecks(input);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _folder.Dispose();
        base.Dispose();
    }

    private byte[] DigitSum()
    {
        string onnx = _folder.Write("digit-sum.onnx", SmallDigitSum());
        DigitSumModel.SaveZip(onnx, _folder["digit-sum.zip"]);
        return File.ReadAllBytes(_folder["digit-sum.zip"]);
    }

    private byte[] Identity()
    {
        string onnx = _folder.Write("identity.onnx", TestModels.Identity(ElementType.Float));
        IDataView none = _context.Data.LoadFromEnumerable(Array.Empty<Three>());
        using BatchedOnnxTransformer transformer = _context.Transforms.ApplyOnnxModelBatched(onnx).Fit(none);
        return Saved(transformer, none);
    }

    private byte[] Columns(int steps)
    {
        IDataView none = _context.Data.LoadFromEnumerable(Array.Empty<Three>());
        var chain = new Microsoft.ML.Data.EstimatorChain<ITransformer>();
        for (int step = 0; step < steps; step++)
            chain = chain.Append<ITransformer>(_context.Transforms.CopyColumns($"y{step}", "x"));
        return Saved(chain.Fit(none), none);
    }

    private byte[] Saved(ITransformer transformer, IDataView data)
    {
        using var stream = new MemoryStream();
        _context.Model.Save(transformer, data.Schema, stream);
        return stream.ToArray();
    }

    // A model after the contract that says the same of every picture: one weight for each class.
    private static byte[] SmallDigitSum() => new TestModel()
        .Input(ModelContract.Image, ElementType.Uint8, -1, 1, MnistGeometry.Side, MnistGeometry.Side)
        .Input(ModelContract.Number, ElementType.Int64, -1, 1)
        .Output(ModelContract.Digit, ElementType.Int64, -1)
        .Output(ModelContract.DigitProbabilities, ElementType.Float, -1, ModelContract.DigitClasses)
        .Output(ModelContract.Sum, ElementType.Int64, -1)
        .Output(ModelContract.SumProbabilities, ElementType.Float, -1, ModelContract.SumClasses)
        .Constant("digit.weight", [.. Enumerable.Range(0, 10).Select(i => i / 10f)], 1, 10)
        .Constant("sum.weight", [.. Enumerable.Range(0, 19).Select(i => i / 19f)], 1, 19)
        .Node("Cast", [ModelContract.Image], ["grey"], TestModel.Attribute("to", (long)ElementType.Float))
        .Node("ReduceMean", ["grey"], ["mean"], TestModel.Attribute("axes", [1, 2, 3]), TestModel.Attribute("keepdims", 0))
        .Node("Flatten", ["mean"], ["level"])
        .Node("MatMul", ["level", "digit.weight"], [ModelContract.DigitProbabilities])
        .Node("ArgMax", [ModelContract.DigitProbabilities], [ModelContract.Digit], TestModel.Attribute("axis", 1), TestModel.Attribute("keepdims", 0))
        .Node("Cast", [ModelContract.Number], ["addend"], TestModel.Attribute("to", (long)ElementType.Float))
        .Node("MatMul", ["addend", "sum.weight"], [ModelContract.SumProbabilities])
        .Node("ArgMax", [ModelContract.SumProbabilities], [ModelContract.Sum], TestModel.Attribute("axis", 1), TestModel.Attribute("keepdims", 0))
        .ToBytes();

    private sealed class Three
    {
        [Microsoft.ML.Data.ColumnName("x"), Microsoft.ML.Data.VectorType(3)]
        public float[] X { get; set; } = [];
    }
}
