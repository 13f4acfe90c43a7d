using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Runs the code of a module as copies of its methods, and records what it does with tensors.</summary>
/// <remarks>
/// Every call in a copy that may matter comes here with its arguments. It is followed into another copy, or made, and then recorded if it
/// is one of TorchSharp's own operations.
/// </remarks>
internal sealed class CodeTracer : IDisposable
{
    // Copied code can't carry an object, only a number.
    private static readonly ConcurrentDictionary<int, CodeTracer> s_tracers = [];
    private static int s_last;

    private readonly int _number = Interlocked.Increment(ref s_last);
    private readonly CallStubs _stubs;
    private readonly MethodCopier _copier;
    private readonly SpanCalls _spanCalls = new();
    private readonly Func<nn.Module, bool> _isLeaf;
    private TraceRecorder? _recorder;

    /// <param name="isLeaf">Whether a module is recorded as a whole.</param>
    public CodeTracer(Func<nn.Module, bool> isLeaf)
    {
        _isLeaf = isLeaf;
        _stubs = new CallStubs(_number);
        _copier = new MethodCopier(_stubs);
        s_tracers[_number] = this;
    }

    /// <summary>Where copied code comes out.</summary>
    /// <param name="tracer">The tracer's number.</param>
    /// <param name="site">The call's number.</param>
    /// <param name="arguments">Its arguments, the object first; those by reference are changed in place.</param>
    public static object? Enter(int tracer, int site, object?[] arguments) => s_tracers.TryGetValue(tracer, out CodeTracer? live)
        ? live.Called(site, arguments)
        : throw new InvalidOperationException("A delegate or sequence that was made while a module was exported is used after it. Make it before the export.");

    /// <summary>Runs a module's <c>forward</c> with its hooks, and records it.</summary>
    /// <param name="module">The module.</param>
    /// <param name="call">Its method <c>call</c>.</param>
    /// <param name="arguments">The method's arguments.</param>
    /// <param name="recorder">Takes the operations.</param>
    public object? Trace(nn.Module module, MethodInfo call, object?[] arguments, TraceRecorder recorder)
    {
        _recorder = recorder;
        try
        {
            return Run(new CallSite(call, CallKind.Virtual, new CodePlace(call, 0)), [module, .. arguments]);
        }
        finally
        {
            _recorder = null;
        }
    }

    /// <summary>Makes a call that copied code would have made.</summary>
    public object? Run(CallSite site, object?[] arguments)
    {
        MethodBase callee = site.Callee;
        if (callee is ConstructorInfo constructor)
            return Construct(site, constructor, arguments);
        if (!callee.IsStatic)
            _ = arguments[0]!.GetType(); // ends as the call would where it is null
        if (typeof(Delegate).IsAssignableFrom(callee.DeclaringType))
            return Invoke(site, arguments);
        if (AsyncSteps.Are(callee))
        {
            AsyncSteps.Run(arguments, (step, state) => InvokeCopy(step, state, site.Place));
            return null;
        }

        var method = (MethodInfo)callee;
        if (site.Kind == CallKind.Virtual && !method.IsStatic)
            method = CodeFacts.Implementation(method, arguments[0]!.GetType());
        if (CodeFacts.IsForward(method) && arguments[0] is nn.Module module)
            return Forward(site, module, method, arguments);
        if (CodeFacts.IsTorch(method))
            return RunTorch(site, method, arguments);
        if (CodeFacts.UsesTorch(method) && CodeFacts.DoesAnything(method))
            return InvokeCopy(method, arguments, site.Place);
        return InSequence.InPlaceOf(method) is { } other ? InvokePlainly(other, arguments[^other.GetParameters().Length..], lends: true) : InvokePlainly(method, arguments, lends: true);
    }

    /// <summary>Makes a delegate whose calls are followed.</summary>
    /// <param name="type">The delegate's type.</param>
    /// <param name="method">The method that it is of.</param>
    /// <param name="target">The object, or a static method's first argument; null where it has none.</param>
    /// <param name="place">Where it is made.</param>
    public Delegate MakeDelegate(Type type, MethodInfo method, object? target, CodePlace place)
    {
        var site = new CallSite(method, CallKind.Direct, place);
        return CalledBack.Make(type, arguments => method.IsStatic && target is null ? Run(site, arguments) : With(target, arguments, all => Run(site, all)));
    }

    /// <summary>What was copied is of no use afterwards.</summary>
    public void Dispose() => s_tracers.TryRemove(_number, out _);

    private object? Called(int number, object?[] arguments)
    {
        CallSite site = _stubs[number];
        if (site.Kind is not (CallKind.Delegate or CallKind.VirtualDelegate))
            return Run(site, arguments);
        (object? target, var type) = (arguments[0], (Type)arguments[1]!);
        var method = (MethodInfo)site.Callee;
        if (site.Kind == CallKind.VirtualDelegate)
            method = CodeFacts.Implementation(method, target!.GetType());
        return MakeDelegate(type, method, target, site.Place);
    }

    private object? Construct(CallSite site, ConstructorInfo constructor, object?[] arguments)
    {
        if (!CodeFacts.UsesTorch(constructor))
        {
            object?[] lent = Lent(constructor, arguments);
            return constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, lent, null);
        }

        if (site.Kind != CallKind.New)
            return InvokeCopy(constructor, arguments, site.Place); // of a base class, or another of the same
        object?[] all = [RuntimeHelpers.GetUninitializedObject(constructor.DeclaringType!), .. arguments];
        InvokeCopy(constructor, all, site.Place);
        all.AsSpan(1).CopyTo(arguments);
        return all[0];
    }

    private object? Invoke(CallSite site, object?[] arguments)
    {
        object? result = null;
        object?[] given = arguments[1..];
        foreach (Delegate one in ((Delegate)arguments[0]!).GetInvocationList())
        {
            var own = new CallSite(one.Method, CallKind.Direct, site.Place);
            if (one.Method.DeclaringType is null || !CodeFacts.UsesTorch(one.Method))
                result = With(one, given, all => InvokePlainly(one.GetType().GetMethod("Invoke")!, all, lends: false));
            else
                result = IsOpen(one) ? Run(own, given) : With(one.Target, given, all => Run(own, all));
        }

        given.CopyTo(arguments, 1);
        return result;
    }

    // A call with an object, or a first argument, before the others, of which those by reference are changed in place.
    private static object? With(object? first, object?[] arguments, Func<object?[], object?> call)
    {
        object?[] all = [first, .. arguments];
        object? result = call(all);
        all.AsSpan(1).CopyTo(arguments);
        return result;
    }

    // A delegate of a static method may have its first argument in it.
    private static bool IsOpen(Delegate function) => function.Method.IsStatic && function.Target is null;

    private object? Forward(CallSite site, nn.Module module, MethodInfo method, object?[] arguments)
    {
        TraceRecorder recorder = Recorder;
        using (recorder.Enter(module))
        {
            // The root is in inference mode, and so is all that it knows of.
            if (module is BatchNorm && module.training)
                throw recorder.Refuse(site, "it is in training mode after eval(), since it isn't registered in the module that has it", "Register it, or call its eval()");
            if (_isLeaf(module) || (CodeFacts.IsTorch(method) && CodeFacts.CallsNative(method)))
                return recorder.Record(site, method, module, arguments, given => InvokePlainly(method, given, lends: false));
            return InvokeCopy(method, arguments, site.Place);
        }
    }

    private object? RunTorch(CallSite site, MethodInfo method, object?[] arguments)
    {
        switch (TorchMethods.KindOf(method))
        {
            case TorchMethodKind.Plain:
                return InvokePlainly(method, arguments, lends: true);
            case TorchMethodKind.Reads when method.DeclaringType == typeof(nn.utils.rnn):
                throw Recorder.Refuse(site, $"{method.Name} makes sequences whose sizes depend on what is in a tensor", "Leave them padded, and take each one's own last step by gather");
            case TorchMethodKind.Reads:
                throw Recorder.Refuse(site, $"{method.Name} reads what is in a tensor, which differs with every input", "Say it in operations of tensors, such as where, instead");
            case TorchMethodKind.Random:
                throw Recorder.Refuse(site, $"{method.Name} draws random numbers, and a model gives the same answer every time", "Draw them outside and give them as an input");
            default:
                if (TorchMethods.WritesElsewhere(method, arguments))
                    throw Recorder.Refuse(site, $"{method.Name} is told to write its result into another tensor", "Use what it returns");
                if (!CodeFacts.CallsNative(method))
                    return InvokeCopy(method, arguments, site.Place);
                if (!method.IsStatic && arguments[0] is nn.Module module)
                    return Forward(site, module, method, arguments); // some have overloads of call that compute by themselves
                return Recorder.Record(site, method, null, Lent(method, arguments), given => InvokePlainly(method, given, lends: false));
        }
    }

    private TraceRecorder Recorder => _recorder ?? throw new InvalidOperationException("No trace is under way.");

    private object? InvokeCopy(MethodBase method, object?[] arguments, CodePlace place)
    {
        DynamicMethod copy = _copier.Copy(method);
        using (Recorder.Follow(place))
        {
            return SpanCalls.Needs(method)
                ? _spanCalls.Call(copy, arguments)
                : copy.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        }
    }

    private object? InvokePlainly(MethodInfo method, object?[] arguments, bool lends)
    {
        if (SpanCalls.Needs(method))
            return _spanCalls.Call(method, arguments);
        object?[] given = lends ? Lent(method, arguments) : arguments;
        if (method.IsStatic)
        {
            object? made = method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, given, null);
            given.CopyTo(arguments, 0);
            return made;
        }

        object?[] rest = given[1..];
        object? result = method.Invoke(given[0], BindingFlags.DoNotWrapExceptions, null, rest, null);
        rest.CopyTo(arguments, 1);
        return result;
    }

    private object?[] Lent(MethodBase method, object?[] arguments)
    {
        ParameterInfo[] parameters = method.GetParameters();
        int first = arguments.Length - parameters.Length;
        return [.. arguments.Select((argument, i) => i < first ? argument : Bridge.Argument(this, argument, parameters[i - first].ParameterType))];
    }
}
