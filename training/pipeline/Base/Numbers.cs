using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Base;

/// <summary>
/// Arithmetic of tensors with numbers. TorchSharp makes an object of a number for the call, which the garbage collector may take before libtorch has
/// read it, since nothing needs it any more once the call has its handle: here it is kept until the call has returned.
/// </summary>
internal static class Numbers
{
    /// <summary>Adds a whole number, which leaves whole numbers whole.</summary>
    public static Tensor Plus(this Tensor tensor, long number)
    {
        using Scalar kept = number;
        return tensor.add(kept);
    }

    /// <summary>Subtracts a number.</summary>
    public static Tensor Minus(this Tensor tensor, double number)
    {
        using Scalar kept = number;
        return tensor.sub(kept);
    }

    /// <summary>Multiplies by a number.</summary>
    public static Tensor Times(this Tensor tensor, double number)
    {
        using Scalar kept = number;
        return tensor.mul(kept);
    }

    /// <summary>Divides by a number.</summary>
    public static Tensor Over(this Tensor tensor, double number)
    {
        using Scalar kept = number;
        return tensor.div(kept);
    }

    /// <summary>Goes a share of the way to another tensor, in place.</summary>
    public static void GoTowards(this Tensor tensor, Tensor end, double share)
    {
        using Tensor kept = share;
        tensor.lerp_(end, kept);
    }
}
