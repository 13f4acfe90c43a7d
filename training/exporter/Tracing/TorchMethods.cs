using System.Collections.Frozen;
using System.Reflection;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>What a method of TorchSharp means to a trace.</summary>
internal enum TorchMethodKind
{
    /// <summary>It gives a tensor's shape or type, or does what no graph shows: it is just called.</summary>
    Plain,

    /// <summary>It computes tensors.</summary>
    Computes,

    /// <summary>It gives what is in a tensor to the program.</summary>
    Reads,

    /// <summary>It draws random numbers.</summary>
    Random,
}

/// <summary>Tells TorchSharp's methods apart by their names and signatures.</summary>
internal static class TorchMethods
{
    private const string Setter = "set_TensorItems"; // the name that TorchSharp gives its indexer

    // Of a tensor, without its elements.
    private static readonly FrozenSet<string> s_describing = FrozenSet.Create(
        StringComparer.Ordinal,
        "dim", "element_size", "get_device", "get_device_index", "get_device_type", "get_Dimensions", "get_dtype", "get_ElementSize", "get_Handle",
        "get_is_cuda", "get_is_leaf", "get_is_meta", "get_is_sparse", "get_IsInvalid", "get_name", "get_names", "get_ndim",
        "get_NumberOfElements", "get_requires_grad", "get_shape", "GetHashCode", "has_names", "IntShape", "IsIntegral", "is_complex", "is_conj",
        "is_contiguous", "is_cpu", "is_floating_point", "is_integral", "is_neg", "is_pinned", "is_quantized", "numel", "result_type", "size",
        "storage_offset", "stride", "toWillCopy");

    // What becomes of a tensor as an object, and what only people read.
    private static readonly FrozenSet<string> s_keeping = FrozenSet.Create(
        StringComparer.Ordinal,
        "Attach", "cstr", "DetachFromDisposeScope", "Detach", "Dispose", "DisposeEverythingBut", "get_OwningDisposeScope", "jlstr", "metastr",
        "MoveToOtherDisposeScope", "MoveToOuter", "MoveToOuterDisposeScope", "npstr", "print", "requires_grad_", "save", "Save", "set_name",
        "set_requires_grad", "str", "ToString");

    private static readonly FrozenSet<string> s_random = FrozenSet.Create(
        StringComparer.Ordinal,
        "bernoulli", "bernoulli_", "binomial", "cauchy_", "exponential_", "geometric_", "gumbel_softmax", "log_normal_", "multinomial", "normal", "normal_",
        "poisson", "poisson_", "random_", "uniform_");

    // A tensor's own methods of these names write into it, and zero_ is one of them.
    private static readonly FrozenSet<string> s_refilling = FrozenSet.Create(StringComparer.Ordinal, "zeros", "ones", "full", "empty", "eye");

    /// <summary>What a method of TorchSharp means to a trace.</summary>
    public static TorchMethodKind KindOf(MethodInfo method)
    {
        string name = method.Name;
        if (s_random.Contains(name) || name.StartsWith("rand", StringComparison.Ordinal))
            return TorchMethodKind.Random;
        if (s_describing.Contains(name) || s_keeping.Contains(name))
            return TorchMethodKind.Plain;
        if (typeof(nn.Module).IsAssignableFrom(method.DeclaringType))
            return name == "call" || TakesAndGives(method) ? TorchMethodKind.Computes : TorchMethodKind.Plain;
        if (typeof(nn.Module).IsAssignableFrom(method.ReturnType))
            return TorchMethodKind.Plain;
        if (name == Setter || CodeFacts.MentionsTensors(method.ReturnType) || method.ReturnType == typeof(TensorIndex))
            return TorchMethodKind.Computes;
        return TakesTensors(method) ? TorchMethodKind.Reads : TorchMethodKind.Plain;
    }

    /// <summary>
    /// Whether a method overwrites its object or first argument: by TorchSharp's rule, one whose name ends with an underscore; and those of libtorch
    /// that write into a tensor.
    /// </summary>
    public static bool Overwrites(MethodBase method) =>
        method.Name.EndsWith('_') || method.Name == Setter || method.Name.EndsWith("_out", StringComparison.Ordinal)
        || (!method.IsStatic && method.DeclaringType == typeof(Tensor) && s_refilling.Contains(method.Name));

    /// <summary>Whether a call is told to write its result into another tensor.</summary>
    public static bool WritesElsewhere(MethodBase method, object?[] arguments)
    {
        ParameterInfo[] parameters = method.GetParameters();
        int first = arguments.Length - parameters.Length;
        return parameters.Where((parameter, i) => parameter.Name is "out" or "out_tensor" && arguments[first + i] is not null).Any();
    }

    private static bool TakesAndGives(MethodInfo method) =>
        CodeFacts.MentionsTensors(method.ReturnType) && method.GetParameters().Any(parameter => CodeFacts.MentionsTensors(parameter.ParameterType));

    private static bool TakesTensors(MethodInfo method) =>
        (!method.IsStatic && CodeFacts.MentionsTensors(method.DeclaringType!))
        || method.GetParameters().Any(parameter => CodeFacts.MentionsTensors(parameter.ParameterType));
}
