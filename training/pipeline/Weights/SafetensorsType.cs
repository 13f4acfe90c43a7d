
namespace MnistAdder.Training.Weights;

/// <summary>An element type of the safetensors format.</summary>
/// <remarks>
/// Source: the <c>Dtype</c> list of huggingface/safetensors. Its types of less than a byte (F4, F6_E2M3, F6_E3M2) are left out:
/// nothing here computes with them.
/// </remarks>
internal sealed record SafetensorsType
{
    private SafetensorsType(string name, int size)
    {
        Name = name;
        Size = size;
    }

    /// <summary>A byte that is 0 or 1.</summary>
    public static SafetensorsType Bool { get; } = new("BOOL", 1);

    /// <summary>Unsigned, 8 bits.</summary>
    public static SafetensorsType U8 { get; } = new("U8", 1);

    /// <summary>Signed, 8 bits.</summary>
    public static SafetensorsType I8 { get; } = new("I8", 1);

    /// <summary>IEEE 754 half precision.</summary>
    public static SafetensorsType F16 { get; } = new("F16", 2);

    /// <summary>The upper 16 bits of a single-precision number.</summary>
    public static SafetensorsType BF16 { get; } = new("BF16", 2);

    /// <summary>Signed, 16 bits.</summary>
    public static SafetensorsType I16 { get; } = new("I16", 2);

    /// <summary>Signed, 32 bits.</summary>
    public static SafetensorsType I32 { get; } = new("I32", 4);

    /// <summary>IEEE 754 single precision.</summary>
    public static SafetensorsType F32 { get; } = new("F32", 4);

    /// <summary>IEEE 754 double precision.</summary>
    public static SafetensorsType F64 { get; } = new("F64", 8);

    /// <summary>Signed, 64 bits.</summary>
    public static SafetensorsType I64 { get; } = new("I64", 8);

    /// <summary>Every type that can be read and written.</summary>
    public static IReadOnlyList<SafetensorsType> All { get; } =
    [
        Bool, U8, I8, new("F8_E5M2", 1), new("F8_E4M3", 1), new("F8_E8M0", 1),
        F16, BF16, I16, new("U16", 2), I32, new("U32", 4), F32, F64, I64, new("U64", 8), new("C64", 8),
    ];

    /// <summary>The type's name in a file's header.</summary>
    public string Name { get; }

    /// <summary>Bytes of one element.</summary>
    public int Size { get; }

    /// <summary>Finds a type by its name.</summary>
    /// <param name="name">The name as a header has it, in capitals.</param>
    /// <returns>The type, or <see langword="null"/> for an unknown name.</returns>
    public static SafetensorsType? Find(string name) => All.FirstOrDefault(type => type.Name == name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
