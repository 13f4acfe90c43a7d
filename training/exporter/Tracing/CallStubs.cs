using System.Reflection;
using System.Reflection.Emit;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Makes what copied code calls in place of a method: it packs the arguments and hands them to the tracer.</summary>
/// <param name="tracer">The tracer's number in <see cref="CodeTracer.Enter"/>.</param>
internal sealed class CallStubs(int tracer)
{
    private static readonly MethodInfo s_enter = typeof(CodeTracer).GetMethod(nameof(CodeTracer.Enter))!;

    private readonly List<CallSite> _sites = [];

    /// <summary>The call with a number.</summary>
    public CallSite this[int number]
    {
        get
        {
            lock (_sites)
                return _sites[number];
        }
    }

    /// <summary>What a call is replaced by; null where it stays as it is.</summary>
    /// <param name="site">The call.</param>
    /// <param name="constrained">The type that a constrained call names.</param>
    /// <param name="copier">Copies what can't be packed.</param>
    public DynamicMethod? For(CallSite site, Type? constrained, MethodCopier copier)
    {
        MethodBase callee = site.Callee;
        if (callee.DeclaringType is not { } type || callee.CallingConvention.HasFlag(CallingConventions.VarArgs))
            return null;
        if (constrained is not null && callee is MethodInfo { IsStatic: true } member)
        {
            // A static member of an interface, which the type has its own of.
            return For(site with { Callee = CodeFacts.Implementation(member, constrained), Kind = CallKind.Direct }, constrained: null, copier);
        }

        if (constrained is { IsValueType: true })
        {
            // The value type's own method, if it has one, takes its address; a boxed value would be a copy.
            if (!CodeFacts.UsesTorch(constrained) || callee is not MethodInfo declared)
                return null;
            MethodInfo own = CodeFacts.Implementation(declared, constrained);
            if (own.DeclaringType != constrained)
                return null;
            site = site with { Callee = own, Kind = CallKind.Direct };
            return IsFollowed(site, constrained) ? Emit(site, CodeFacts.ArgumentTypes(own)) : null;
        }

        if (!IsFollowed(site, type))
            return null;
        Type[] arguments = site.Kind == CallKind.New ? [.. callee.GetParameters().Select(parameter => parameter.ParameterType)] : CodeFacts.ArgumentTypes(callee);
        if (constrained is not null)
            arguments[0] = constrained.MakeByRefType();
        if (!CodeFacts.IsBoxable(ResultType(site)) && callee is MethodInfo torch && CodeFacts.IsTorch(torch) && TorchMethods.KindOf(torch) == TorchMethodKind.Reads)
            return Emit(site, arguments); // which refuses it
        if (!arguments.All(IsPackable) || !IsReturnable(ResultType(site)))
        {
            bool copied = CodeFacts.UsesTorch(callee) && !CodeFacts.IsTorch(callee) && !callee.IsAbstract && !callee.IsVirtual && site.Kind != CallKind.New;
            return copied ? copier.Copy(callee) : null;
        }

        return Emit(site, arguments);
    }

    /// <summary>What makes a delegate of a followed method, given the object that it is of.</summary>
    public DynamicMethod ForDelegate(Type type, CallSite site)
    {
        var stub = new DynamicMethod("delegate " + site.Callee.Name, type, [typeof(object)], typeof(CallStubs).Module, skipVisibility: true);
        ILGenerator code = stub.GetILGenerator();
        EmitEnter(code, Add(site), [typeof(object), typeof(Type)], () =>
        {
            code.Emit(OpCodes.Ldtoken, type);
            code.Emit(OpCodes.Call, typeof(Type).GetMethod(nameof(Type.GetTypeFromHandle))!);
        });
        code.Emit(OpCodes.Castclass, type);
        code.Emit(OpCodes.Ret);
        return stub;
    }

    /// <summary>Whether the arguments and the result of a method's calls can be packed as objects.</summary>
    public static bool CanPack(MethodBase method) =>
        CodeFacts.ArgumentTypes(method).All(type => !type.IsByRefLike && IsPackable(type)) && IsReturnable(CodeFacts.ResultType(method));

    private static bool IsReturnable(Type type) => CodeFacts.IsBoxable(type) && !type.IsByRef;

    private static bool IsPackable(Type type) => CodeFacts.IsBoxable(type) ? !type.IsByRef || CodeFacts.IsBoxable(type.GetElementType()!) : CodeFacts.IsReadOnlySpan(type);

    private static bool IsFollowed(CallSite site, Type type)
    {
        MethodBase callee = site.Callee;
        if (typeof(Delegate).IsAssignableFrom(type))
            return callee.Name == "Invoke" && site.Kind != CallKind.New;
        if (AsyncSteps.Are(callee))
            return true;
        if (CodeFacts.IsTorch(callee))
            return site.Kind != CallKind.New && !callee.IsConstructor && CodeFacts.MentionsTensors(callee);
        if (CodeFacts.UsesTorch(callee))
            return callee.IsAbstract || callee.IsVirtual || CodeFacts.DoesAnything(callee);

        // Code that knows no tensors may still run code that does: an object's through an interface, or a delegate that it is given.
        if (site.Kind == CallKind.Virtual && type.IsInterface)
            return true;
        return !typeof(Delegate).IsAssignableFrom(type) && callee.GetParameters().Any(parameter => RunsOthersCode(parameter.ParameterType));
    }

    private static bool RunsOthersCode(Type type) =>
        typeof(Delegate).IsAssignableFrom(type) || Bridge.IsSequence(type) || (type.IsArray && RunsOthersCode(type.GetElementType()!));

    private int Add(CallSite site)
    {
        lock (_sites)
        {
            _sites.Add(site);
            return _sites.Count - 1;
        }
    }

    private DynamicMethod Emit(CallSite site, Type[] arguments)
    {
        Type result = ResultType(site);
        var stub = new DynamicMethod("trace " + site.Callee.Name, result, arguments, typeof(CallStubs).Module, skipVisibility: true);
        ILGenerator code = stub.GetILGenerator();
        EmitEnter(code, Add(site), arguments, more: null);
        if (result == typeof(void))
            code.Emit(OpCodes.Pop);
        else if (CodeFacts.IsBoxable(result))
            code.Emit(OpCodes.Unbox_Any, result);
        else
            code.Emit(OpCodes.Throw); // never gets here
        code.Emit(OpCodes.Ret);
        return stub;
    }

    // Arguments by reference are copied in and, after the call, out.
    private void EmitEnter(ILGenerator code, int site, Type[] arguments, Action? more)
    {
        LocalBuilder packed = code.DeclareLocal(typeof(object[]));
        LocalBuilder result = code.DeclareLocal(typeof(object));
        code.Emit(OpCodes.Ldc_I4, arguments.Length);
        code.Emit(OpCodes.Newarr, typeof(object));
        code.Emit(OpCodes.Stloc, packed);
        for (int i = 0; i < arguments.Length; i++)
        {
            code.Emit(OpCodes.Ldloc, packed);
            code.Emit(OpCodes.Ldc_I4, i);
            if (i == arguments.Length - 1 && more is not null)
                more();
            else
                EmitPacked(code, (short)i, arguments[i]);
            code.Emit(OpCodes.Stelem_Ref);
        }

        code.Emit(OpCodes.Ldc_I4, tracer);
        code.Emit(OpCodes.Ldc_I4, site);
        code.Emit(OpCodes.Ldloc, packed);
        code.Emit(OpCodes.Call, s_enter);
        code.Emit(OpCodes.Stloc, result);
        for (int i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].IsByRef)
                continue;
            Type element = arguments[i].GetElementType()!;
            code.Emit(OpCodes.Ldarg, (short)i);
            code.Emit(OpCodes.Ldloc, packed);
            code.Emit(OpCodes.Ldc_I4, i);
            code.Emit(OpCodes.Ldelem_Ref);
            code.Emit(OpCodes.Unbox_Any, element);
            code.Emit(OpCodes.Stobj, element);
        }

        code.Emit(OpCodes.Ldloc, result);
    }

    private static void EmitPacked(ILGenerator code, short index, Type type)
    {
        if (CodeFacts.IsReadOnlySpan(type))
        {
            code.Emit(OpCodes.Ldarga, index);
            code.Emit(OpCodes.Call, type.GetMethod(nameof(ReadOnlySpan<byte>.ToArray))!);
            return;
        }

        code.Emit(OpCodes.Ldarg, index);
        if (type.IsByRef)
        {
            type = type.GetElementType()!;
            code.Emit(OpCodes.Ldobj, type);
        }

        code.Emit(OpCodes.Box, type);
    }

    private static Type ResultType(CallSite site) => site.Kind == CallKind.New ? site.Callee.DeclaringType! : CodeFacts.ResultType(site.Callee);
}
