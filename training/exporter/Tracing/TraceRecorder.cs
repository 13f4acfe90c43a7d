using System.Collections.Immutable;
using System.Reflection;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Notes the operations of one run.</summary>
internal sealed class TraceRecorder
{
    private readonly List<TracedCall> _calls = [];
    private readonly Dictionary<Tensor, bool> _known = new(ReferenceEqualityComparer.Instance); // whether an input had a part in it
    private readonly List<CapturedTensor> _captured = [];
    private readonly Dictionary<nint, Tensor> _states = []; // by where their elements are
    private readonly AsyncLocal<ImmutableList<(string Name, nn.Module Module)>?> _entered = new(); // of each thread, from the outside in
    private readonly AsyncLocal<ImmutableStack<CodePlace>?> _followed = new();
    private readonly Lock _recording = new();
    private readonly HashSet<MethodInfo> _watched = []; // methods seen so far, each of which was watched once
    private readonly TensorMoment[] _inputs;

    /// <param name="root">The module that is run.</param>
    /// <param name="inputs">The tensors that it is given.</param>
    public TraceRecorder(nn.Module root, IEnumerable<Tensor> inputs)
    {
        _inputs = [.. inputs.Select(TensorMoment.Of)];
        foreach (TensorMoment input in _inputs)
            _known[input.Tensor] = true;
        foreach ((_, Tensor state) in root.state_dict())
        {
            _known[state] = true; // a weight keeps its name, and what is computed of it is computed in the model
            _states[OnnxTensor.StorageOf(state)] = state;
        }
    }

    /// <summary>Why the module can't be exported, if a call has told.</summary>
    public OnnxExportException? Refusal { get; private set; }

    private ImmutableList<(string Name, nn.Module Module)> Modules => _entered.Value ?? [];

    private ImmutableStack<CodePlace> Places => _followed.Value ?? [];

    /// <summary>Copies of each operation's results, where they are asked for.</summary>
    public List<Tensor[]>? Values { get; init; }

    /// <summary>What was noted.</summary>
    /// <param name="result">What the module returned.</param>
    public Trace Finish(object? result) => new(_calls, _inputs, result, [.. TensorTree.Results(result).Select(TensorMoment.Of)], _captured);

    /// <summary>Goes into a module.</summary>
    public IDisposable Enter(nn.Module module)
    {
        ImmutableList<(string Name, nn.Module Module)> before = Modules;
        _entered.Value = before.Add((NameOf(module), module));
        return new Leave(() => _entered.Value = before);
    }

    /// <summary>Goes into a method.</summary>
    public IDisposable Follow(CodePlace place)
    {
        ImmutableStack<CodePlace> before = Places;
        _followed.Value = before.Push(place);
        return new Leave(() => _followed.Value = before);
    }

    /// <summary>Makes a call and notes it.</summary>
    public object? Record(CallSite site, MethodInfo method, nn.Module? module, object?[] arguments, Func<object?[], object?> call)
    {
        using Lock.Scope one = _recording.EnterScope();
        object?[] given = [.. arguments.Select(argument => TensorTree.Map(argument, value => value))]; // lists may change, and sequences be of use once
        Tensor[] inputs = [.. TensorTree.Leaves(given)];
        TensorMoment[] before = [.. inputs.Select(TensorMoment.Of)];
        nint[] bases = [.. inputs.Select(OnnxTensor.BaseOf)]; // before the call, which may dispose of them
        foreach (TensorMoment input in before)
        {
            if (!_known.ContainsKey(input.Tensor))
                Capture(input.Tensor);
        }

        bool overwrites = module is null && TorchMethods.Overwrites(method);
        if (overwrites && inputs.Length > 0 && SharesElements(inputs[0]))
        {
            throw Refuse(
                site, $"{method.Name} writes into a tensor that has the same element at several places, as expand gives it",
                "Write into a copy, as clone() gives");
        }

        bool proven = module is not null || overwrites || !_watched.Add(method);
        Tensor?[] contents = proven ? [] : [.. inputs.Select(Contents)];
        object? result = call(given);
        if (!proven && inputs.Where((input, i) => contents[i] is { } was && !input.IsInvalid && !was.allclose(input, equal_nan: true)).Any()) // it may have disposed of one
            throw Refuse(site, $"{method.Name} changes a tensor that it is given, which its name doesn't say", "Use another method");
        if (result is IEnumerable<Tensor> and not (Array or System.Collections.ICollection))
            result = ((IEnumerable<Tensor>)result).ToList();
        Tensor[] outputs = method.ReturnType == typeof(void) ? [inputs[0]] : [.. TensorTree.Results(result)];
        bool depends = module is not null || inputs.Any(input => _known[input]);
        foreach (Tensor output in outputs)
            _known[output] = depends;
        Tensor[]? constant = depends ? null : [.. outputs.Select(output => output.detach().clone().DetachFromDisposeScope())];
        Values?.Add([.. outputs.Select(output => output.detach().clone().DetachFromDisposeScope())]);
        _calls.Add(new TracedCall(
            method, module, Modules, given, before, result, [.. outputs.Select(TensorMoment.Of)], [.. outputs.Select(output => ViewOf(output, inputs, bases))],
            constant, [site.Place, .. Places]));
        return result;
    }

    /// <summary>Says that something in the program can't be exported.</summary>
    /// <param name="site">The call.</param>
    /// <param name="what">What is wrong with it.</param>
    /// <param name="instead">What to write instead.</param>
    /// <returns>An exception to throw.</returns>
    public OnnxExportException Refuse(CallSite site, string what, string instead) =>
        Refusal ??= Refused(Modules, [site.Place, .. Places], what, instead);

    /// <summary>Says that something in the program can't be exported.</summary>
    public static OnnxExportException Refused(
        IReadOnlyList<(string Name, nn.Module Module)> modules, IReadOnlyList<CodePlace> where, string what, string instead)
    {
        string path = string.Join('.', modules.Select(module => module.Name).Where(name => name.Length > 0));
        string type = modules.Count > 0 ? modules[^1].Module.GetType().Name : "";
        string module = path.Length > 0 ? $"Module {path} ({type})" : $"Module {type}";
        return new OnnxExportException(path, $"{module} can't be exported to ONNX: {what}, {SourcePlaces.Describe(where)}. {instead}.");
    }

    // Some of TorchSharp's modules give their weights as new objects each time.
    private void Capture(Tensor tensor)
    {
        Tensor? state = _states.GetValueOrDefault(OnnxTensor.StorageOf(tensor));
        if (state is not null && (state.dtype != tensor.dtype || !state.shape.SequenceEqual(tensor.shape) || !state.stride().SequenceEqual(tensor.stride())))
            state = null;
        _known[tensor] = state is not null;
        _captured.Add(new CapturedTensor(tensor, state ?? tensor.detach().DetachFromDisposeScope(), state is not null));
    }

    private static bool SharesElements(Tensor tensor) => !tensor.is_sparse && tensor.stride().Zip(tensor.shape).Any(axis => axis is (0, > 1));

    // Large ones aren't looked at.
    private static Tensor? Contents(Tensor tensor)
    {
        const int enough = 1 << 22;
        return tensor.is_sparse || tensor.is_complex() || tensor.numel() > enough ? null : tensor.detach().clone();
    }

    // Its name in the module in hand or, if it isn't registered there, its type's.
    private string NameOf(nn.Module module)
    {
        if (Modules.Count == 0)
            return "";
        foreach ((string name, nn.Module child) in Modules[^1].Module.named_modules())
        {
            if (ReferenceEquals(child, module))
                return name;
        }

        return module.GetType().Name;
    }

    private static int ViewOf(Tensor output, Tensor[] inputs, nint[] bases)
    {
        int same = Array.FindIndex(inputs, input => ReferenceEquals(input, output));
        if (same >= 0)
            return same;
        nint storage = OnnxTensor.BaseOf(output);
        return storage == 0 ? -1 : Array.IndexOf(bases, storage);
    }

    private sealed class Leave(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
