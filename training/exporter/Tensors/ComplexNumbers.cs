using static TorchSharp.torch;

namespace MnistAdder.OnnxExport;

/// <summary>Complex tensors as a graph has them: ONNX's operators take none, so that each is a real one whose last dimension has the real part and the imaginary.</summary>
internal static class ComplexNumbers
{
    /// <summary>How many parts a number has.</summary>
    public const long Parts = 2;

    /// <summary>Whether elements are complex.</summary>
    public static bool IsComplex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    /// <summary>The type of the parts of complex elements, and of real elements themselves.</summary>
    public static ScalarType PartType(ScalarType type) => type switch
    {
        ScalarType.ComplexFloat32 => ScalarType.Float32,
        ScalarType.ComplexFloat64 => ScalarType.Float64,
        _ => type,
    };

    /// <summary>The parts of a complex tensor, [shape…,2], and a real tensor itself.</summary>
    public static Tensor PartsOf(Tensor tensor) => tensor.is_complex() ? view_as_real(tensor.resolve_conj()) : tensor;
}
