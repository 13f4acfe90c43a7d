using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>What can be told of methods and types from their declaration and code.</summary>
internal static class CodeFacts
{
    private static readonly Assembly s_torch = typeof(torch).Assembly;

    // Facts of loaded code, which never change.
    private static readonly ConcurrentDictionary<Assembly, bool> s_usesTorch = [];
    private static readonly ConcurrentDictionary<MethodBase, bool> s_callsNative = [];

    /// <summary>Whether code is TorchSharp's own; what the runtime gives an array of several dimensions isn't, whatever its elements are.</summary>
    public static bool IsTorch(MemberInfo member) => member.Module.Assembly == s_torch && member.DeclaringType is not { IsArray: true };

    /// <summary>Whether code can work on tensors: it is TorchSharp's, or in an assembly that references it.</summary>
    public static bool UsesTorch(MemberInfo member) => s_usesTorch.GetOrAdd(
        member.Module.Assembly,
        static assembly => assembly == s_torch || assembly.GetReferencedAssemblies().Any(name => name.Name == s_torch.GetName().Name));

    /// <summary>Whether a type is a tensor, a module, or made of such.</summary>
    public static bool MentionsTensors(Type type)
    {
        if (typeof(Tensor).IsAssignableFrom(type) || typeof(nn.Module).IsAssignableFrom(type))
            return true;
        if (type.HasElementType)
            return MentionsTensors(type.GetElementType()!);
        return type.IsGenericType && type.GetGenericArguments().Any(MentionsTensors);
    }

    /// <summary>Whether a method of TorchSharp takes or gives tensors or modules.</summary>
    public static bool MentionsTensors(MethodBase method) =>
        (!method.IsStatic && MentionsTensors(method.DeclaringType!))
        || method.GetParameters().Any(parameter => MentionsTensors(parameter.ParameterType) || parameter.ParameterType == typeof(TensorIndex[]))
        || (method is MethodInfo { ReturnType: var result } && MentionsTensors(result));

    /// <summary>Whether it is what computes a module.</summary>
    public static bool IsForward(MethodBase method) =>
        method is { Name: "forward", IsStatic: false }
        && (typeof(nn.Module).IsAssignableFrom(method.DeclaringType) || (method.DeclaringType!.IsInterface && IsTorch(method.DeclaringType)));

    /// <summary>Whether a method's own code calls libtorch, or makes tensors into libtorch's handles for another that does.</summary>
    public static bool CallsNative(MethodBase method) => s_callsNative.GetOrAdd(method, static method =>
    {
        if (IlCode.Of(method) is not { } code)
            return true;
        return code.Instructions.Any(instruction =>
            instruction.Code == OpCodes.Call && code.MethodOf(instruction) is var callee
            && (callee.Attributes.HasFlag(MethodAttributes.PinvokeImpl) || (callee.Name == "ToHandleArray" && IsTorch(callee))));
    });

    /// <summary>Whether anything that a copy would have to see happens in a method: a call, or a delegate made.</summary>
    public static bool DoesAnything(MethodBase method)
    {
        if (IlCode.Of(method) is not { } code)
            return false;
        return code.Instructions.Any(instruction =>
            instruction.Code.OperandType == OperandType.InlineMethod && code.MethodOf(instruction).DeclaringType != typeof(object));
    }

    /// <summary>Whether a value of a type can be put into an object.</summary>
    public static bool IsBoxable(Type type) => type is { IsByRefLike: false, IsPointer: false, IsFunctionPointer: false };

    /// <summary>Whether a type is a read-only span.</summary>
    public static bool IsReadOnlySpan(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ReadOnlySpan<>);

    /// <summary>What a call of a method takes from the stack; a value type's own methods take its address.</summary>
    public static Type[] ArgumentTypes(MethodBase method)
    {
        IEnumerable<Type> parameters = method.GetParameters().Select(parameter => parameter.ParameterType);
        if (method.IsStatic)
            return [.. parameters];
        Type self = method.DeclaringType!;
        return [self.IsValueType ? self.MakeByRefType() : self, .. parameters];
    }

    /// <summary>What a method returns; nothing for a constructor.</summary>
    public static Type ResultType(MethodBase method) => method is MethodInfo { ReturnType: var type } ? type : typeof(void);

    /// <summary>The method that a virtual or interface call runs for an object of a type.</summary>
    public static MethodInfo Implementation(MethodInfo declared, Type type)
    {
        if (declared.DeclaringType!.IsInterface)
            return OfInterface(declared, type);
        if (!declared.IsVirtual)
            return declared;
        MethodInfo origin = declared.GetBaseDefinition();
        for (Type? at = type; at is not null && at != declared.DeclaringType; at = at.BaseType)
        {
            foreach (MethodInfo candidate in at.GetMethods(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (candidate.IsVirtual && candidate.Name == declared.Name && IsSame(candidate.GetBaseDefinition(), origin))
                    return WithArguments(candidate, declared);
            }
        }

        return declared;
    }

    private static MethodInfo OfInterface(MethodInfo declared, Type type)
    {
        if (type.IsArray)
            return declared;
        Type asked = declared.DeclaringType!;
        Type? implemented = type.GetInterfaces().Append(type).FirstOrDefault(candidate => candidate == asked)
            ?? type.GetInterfaces().FirstOrDefault(asked.IsAssignableFrom); // a variant of it
        if (implemented is null)
            return declared;
        InterfaceMapping map = type.GetInterfaceMap(implemented);
        for (int i = 0; i < map.InterfaceMethods.Length; i++)
        {
            if (IsSame(map.InterfaceMethods[i], declared))
                return WithArguments(map.TargetMethods[i], declared);
        }

        return declared;
    }

    private static bool IsSame(MethodInfo one, MethodInfo other) => one.MetadataToken == other.MetadataToken && one.Module == other.Module;

    private static MethodInfo WithArguments(MethodInfo found, MethodInfo declared) =>
        declared.IsGenericMethod && found.IsGenericMethodDefinition ? found.MakeGenericMethod(declared.GetGenericArguments()) : found;
}
