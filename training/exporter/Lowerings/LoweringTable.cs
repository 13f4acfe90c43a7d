using System.Collections.Frozen;
using System.Reflection;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Marks a method that says operations of TorchSharp in ONNX's operators.</summary>
/// <remarks>The method takes an <see cref="Operation"/> and gives an <see cref="OnnxValue"/>, or an array of them where the operation has several results.</remarks>
/// <param name="names">
/// The names of TorchSharp's methods, without the underscore of those that work in place.
/// </param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LoweringAttribute(params string[] names) : Attribute
{
    /// <summary>The names of TorchSharp's methods.</summary>
    public IReadOnlyList<string> Names => names;
}

/// <summary>Marks a method as <see cref="LoweringAttribute"/> does, for operations that take or give complex numbers.</summary>
/// <param name="names">The names of TorchSharp's methods, without the underscore of those that work in place.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ComplexLoweringAttribute(params string[] names) : Attribute
{
    /// <summary>The names of TorchSharp's methods.</summary>
    public IReadOnlyList<string> Names => names;
}

/// <summary>Marks a method that says what a module of TorchSharp computes as a whole, where it takes more than tensors or calls libtorch itself.</summary>
/// <remarks>The method is as one with <see cref="LoweringAttribute"/>; the arguments are those of <c>forward</c>, and <see cref="Operation.Module"/> is the module.</remarks>
/// <param name="types">The modules' types.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ModuleLoweringAttribute(params Type[] types) : Attribute
{
    /// <summary>The modules' types.</summary>
    public IReadOnlyList<Type> Types => types;
}

/// <summary>All lowerings of this library, by the names of TorchSharp's methods and the types of its modules.</summary>
internal static class LoweringTable
{
    private static readonly FrozenDictionary<string, Func<Operation, OnnxValue[]>> s_lowerings =
        Find<LoweringAttribute, string>(lowering => lowering.Names).ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Func<Operation, OnnxValue[]>> s_complex =
        Find<ComplexLoweringAttribute, string>(lowering => lowering.Names).ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, Func<Operation, OnnxValue[]>> s_modules =
        Find<ModuleLoweringAttribute, Type>(lowering => lowering.Types).ToFrozenDictionary();

    /// <summary>The names of the methods that have one.</summary>
    public static IEnumerable<string> Names => s_lowerings.Keys;

    /// <summary>Whether a module's type has one.</summary>
    public static bool Has(Type module) => s_modules.ContainsKey(module);

    /// <summary>Says an operation in ONNX's operators.</summary>
    /// <exception cref="OnnxExportException">It can't be said.</exception>
    public static OnnxValue[] Lower(Operation operation)
    {
        if (LoweringOf(operation) is { } lowering)
            return lowering(operation);
        throw operation.IsComplex
            ? operation.NotSupported($"complex numbers: {operation.MethodName} of them has no counterpart here", "Compute with their parts, as view_as_real gives them")
            : operation.NotSupported($"{operation.MethodName} has no counterpart here", "Write it in other operations, or give its module an exporter");
    }

    private static Func<Operation, OnnxValue[]>? LoweringOf(Operation operation) => (operation.Module, operation.IsComplex) switch
    {
        (null, false) => s_lowerings.GetValueOrDefault(operation.Name),
        (null, true) => s_complex.GetValueOrDefault(operation.Name),
        ({ } module, false) => s_modules.GetValueOrDefault(module.GetType()),
        _ => null,
    };

    private static IEnumerable<KeyValuePair<TKey, Func<Operation, OnnxValue[]>>> Find<TAttribute, TKey>(Func<TAttribute, IEnumerable<TKey>> keysOf)
        where TAttribute : Attribute =>
        from type in typeof(LoweringTable).Assembly.GetTypes()
        where type.Namespace == typeof(LoweringTable).Namespace
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        let lowering = method.GetCustomAttribute<TAttribute>()
        where lowering is not null
        from key in keysOf(lowering)
        select KeyValuePair.Create(key, Bound(method));

    private static Func<Operation, OnnxValue[]> Bound(MethodInfo method)
    {
        if (method.ReturnType == typeof(OnnxValue[]))
            return method.CreateDelegate<Func<Operation, OnnxValue[]>>();
        var one = method.CreateDelegate<Func<Operation, OnnxValue>>();
        return operation => [one(operation)];
    }
}
