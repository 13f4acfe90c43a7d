using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Calls methods that take read-only spans, which reflection can't, with arrays in their place.</summary>
internal sealed class SpanCalls
{
    private readonly ConcurrentDictionary<MethodInfo, Func<object?[], object?>> _calls = [];

    /// <summary>Whether a method takes spans.</summary>
    public static bool Needs(MethodBase method) => method.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike);

    /// <summary>Calls a method.</summary>
    /// <param name="method">The method; what it takes by reference isn't changed.</param>
    /// <param name="arguments">Its arguments, the object first.</param>
    public object? Call(MethodInfo method, object?[] arguments)
    {
        return _calls.GetOrAdd(method, Make)(arguments);
    }

    private static Func<object?[], object?> Make(MethodInfo method)
    {
        var caller = new DynamicMethod("call " + method.Name, typeof(object), [typeof(object[])], typeof(SpanCalls).Module, skipVisibility: true);
        ILGenerator code = caller.GetILGenerator();
        Type[] types = CodeFacts.ArgumentTypes(method);
        for (int i = 0; i < types.Length; i++)
        {
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Ldc_I4, i);
            code.Emit(OpCodes.Ldelem_Ref);
            if (CodeFacts.IsReadOnlySpan(types[i]))
            {
                Type array = types[i].GetGenericArguments()[0].MakeArrayType();
                code.Emit(OpCodes.Castclass, array);
                code.Emit(OpCodes.Newobj, types[i].GetConstructor([array])!);
            }
            else if (types[i].IsByRef)
            {
                code.Emit(OpCodes.Unbox, types[i].GetElementType()!);
            }
            else
            {
                code.Emit(OpCodes.Unbox_Any, types[i]);
            }
        }

        code.Emit(method.IsVirtual ? OpCodes.Callvirt : OpCodes.Call, method);
        if (method.ReturnType == typeof(void))
            code.Emit(OpCodes.Ldnull);
        else
            code.Emit(OpCodes.Box, method.ReturnType);
        code.Emit(OpCodes.Ret);
        return caller.CreateDelegate<Func<object?[], object?>>();
    }
}
