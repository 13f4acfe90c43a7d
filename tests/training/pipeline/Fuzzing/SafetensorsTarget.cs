using MnistAdder.Fuzzing;
using MnistAdder.Training.Weights;

namespace MnistAdder.Training.Tests.Fuzzing;

/// <summary>Safetensors files.</summary>
internal sealed class SafetensorsTarget() : FuzzTarget("safetensors", new FuzzLimits(ManagedBytes: 16 << 20))
{
    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        File([]),
        File([Tensor("weight", SafetensorsType.F32, 3, 4), Tensor("bias", SafetensorsType.F32, 3), Tensor("steps", SafetensorsType.I64)]),
        File([Tensor("ä", SafetensorsType.BF16, 0, 5), Tensor("", SafetensorsType.Bool, 7)], new Dictionary<string, string> { ["format"] = "pt", ["empty"] = "" }),
        File([.. SafetensorsType.All.Select(type => Tensor(type.Name, type, 2))]),
    ];

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        SafetensorsContent content = SafetensorsFile.Read(new MemoryStream(input, writable: false), "file");
        byte[] written = File(content.Tensors, content.Metadata);
        SafetensorsContent again = SafetensorsFile.Read(new MemoryStream(written), "copy");
        FuzzException.Require(File(again.Tensors, again.Metadata).AsSpan().SequenceEqual(written), "What was read and written is read as something else.");
        return true;
    }

    /// <inheritdoc/>
    public override byte[]? EditFormat(byte[] input, Mutator mutator) => SafetensorsEdits.EditHeader(input, json => JsonEdits.Edit(json, mutator));

    /// <inheritdoc/>
    public override byte[] Mend(byte[] input) => SafetensorsEdits.MendLength(input);

    private static byte[] File(IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var stream = new MemoryStream();
        SafetensorsFile.Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    private static SafetensorsTensor Tensor(string name, SafetensorsType type, params long[] shape)
    {
        long bytes = shape.Aggregate((long)type.Size, (product, size) => product * size);
        return new SafetensorsTensor(name, type, shape, Enumerable.Range(0, (int)bytes).Select(i => (byte)i).ToArray());
    }
}
