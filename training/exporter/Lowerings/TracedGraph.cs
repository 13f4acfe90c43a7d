using MnistAdder.OnnxExport.Tracing;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Turns a module's trace into a graph.</summary>
internal sealed class TracedGraph
{
    private readonly OnnxGraph _graph;
    private readonly string[] _path; // where the module stands in the graph
    private readonly ModuleTrace _trace;
    private readonly Func<nn.Module, bool> _knows;
    private readonly Dictionary<Tensor, Slot> _slots = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TracedSize, OnnxValue> _sizes = [];
    private readonly Dictionary<int, Lazy<OnnxValue[]>> _results = []; // of calls that have derived sizes first, by their numbers
    private readonly OnnxValue[] _inputs;
    private readonly Dictionary<Lazy<OnnxValue>, TracedCall> _changes = []; // of what was there before the module ran, by its value then
    private int _number; // of the call in hand

    private TracedGraph(OnnxGraph graph, nn.Module module, ModuleTrace trace, OnnxModuleRegistry modules, OnnxValue[] inputs)
    {
        _graph = graph;
        _path = graph.Path;
        _knows = modules.Knows;
        _trace = trace;
        _inputs = inputs;
        foreach ((string name, Tensor state) in module.state_dict())
            _slots.TryAdd(state, Slot.Kept(new Lazy<OnnxValue>(() => graph.State(name, state))));
        for (int i = 0; i < inputs.Length; i++)
            _slots[trace.Runs[0].Inputs[i].Tensor] = new Slot(new Lazy<OnnxValue>(inputs[i]));
        foreach (CapturedTensor captured in trace.Runs[0].Captured)
            _slots.TryAdd(captured.Tensor, captured.IsState ? _slots[captured.Contents] : Slot.Kept(new Lazy<OnnxValue>(() => graph.Captured(captured.Contents))));
    }

    /// <summary>Adds what a module does to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="module">The module.</param>
    /// <param name="trace">What it does.</param>
    /// <param name="modules">How modules are exported as a whole.</param>
    /// <param name="inputs">The module's inputs in the graph.</param>
    /// <returns>For each tensor in the module's result its value and shape.</returns>
    public static (OnnxValue Value, OnnxDimension[] Shape)[] Build(
        OnnxGraph graph, nn.Module module, ModuleTrace trace, OnnxModuleRegistry modules, OnnxValue[] inputs)
    {
        graph.NameState(module.state_dict());
        graph.OperationCount = trace.Runs[0].Calls.Count;
        var traced = new TracedGraph(graph, module, trace, modules, inputs);
        for (int i = 0; i < trace.Runs[0].Calls.Count; i++)
            traced.Add(i, [.. trace.Runs.Select(run => run.Calls[i])]);
        if (trace.Runs[0].Outputs.Any(output => ComplexNumbers.IsComplex(output.Type)))
            throw new OnnxExportException($"{module.GetType().Name} returns complex numbers, which ONNX's operators don't take. Return their parts, as view_as_real gives them.");
        (OnnxValue Value, OnnxDimension[] Shape)[] results =
        [
            .. trace.Runs[0].Outputs.Select((output, i) => (
                traced.Current(output.Tensor).Value,
                traced.Dimensions([.. trace.Runs.Select(run => run.Outputs[i].Shape)]))),
        ];
        traced.RequireNoMemory([.. results.Select(result => result.Value)]);
        return results;
    }

    // What a module writes into a cache may be read by the same call. What it wrote in an earlier one is there no more.
    private void RequireNoMemory(OnnxValue[] results)
    {
        foreach ((Lazy<OnnxValue> before, TracedCall change) in _changes)
        {
            if (before.IsValueCreated && _graph.IsComputedFrom(results, before.Value))
            {
                throw TraceRecorder.Refused(
                    change.ModulePath, change.Where,
                    $"{change.Name} changes a parameter, a buffer or another tensor that is there before the call and is read after it, and a model has no memory",
                    "Work on a copy, as clone() gives, or read only what the same call wrote");
            }
        }
    }

    private void Add(int number, IReadOnlyList<TracedCall> calls)
    {
        _number = number;
        TracedCall call = calls[0];
        if (call.Constant is { } constants && IsConstant(calls))
        {
            for (int i = 0; i < constants.Length; i++)
            {
                Tensor constant = constants[i];
                _slots[call.Outputs[i].Tensor] = new Slot(new Lazy<OnnxValue>(() => In(call, () => _graph.Captured(constant))));
            }

            return;
        }

        var given = new Dictionary<Tensor, Lazy<OnnxValue>>(ReferenceEqualityComparer.Instance);
        foreach (TensorMoment input in call.Inputs)
            given.TryAdd(input.Tensor, Current(input.Tensor));
        Lazy<OnnxValue[]> results = Lowered(calls, given);
        if (_trace.Sizes.Derived.Any(size => size.Call == number))
            _results.Add(number, results);
        if (call.Overwrites)
        {
            Make(results);
            Overwrite(calls, given, results);
            return;
        }

        for (int i = 0; i < call.Outputs.Length; i++)
        {
            int output = i;
            if (call.Views[i] >= 0 && ReferenceEquals(call.Inputs[call.Views[i]].Tensor, call.Outputs[i].Tensor))
            {
                _ = results.Value; // the input itself, unless the operation is refused
                continue;
            }

            var slot = new Slot(new Lazy<OnnxValue>(() => Described(results.Value[output], calls, output)));
            if (call.Views[i] >= 0)
            {
                Tensor source = call.Inputs[call.Views[i]].Tensor;
                slot.IsViewOf(
                    SlotOf(source),
                    value => Lowered(calls, new Dictionary<Tensor, Lazy<OnnxValue>>(given, ReferenceEqualityComparer.Instance) { [source] = new(value) }).Value[output],
                    (old, value) => In(call, () => ViewWrites.Back(OperationOf(calls, given), output, old, value)));
            }

            _slots[call.Outputs[i].Tensor] = slot;
        }

        Make(results);
        if (results.IsValueCreated && !call.Overwrites)
        {
            for (int i = 0; i < results.Value.Length; i++)
                _graph.Trace(_number, i, Described(results.Value[i], calls, i));
        }
    }

    // In the order of the program, which keeps the graph readable and the stack low. What can't be said matters only where it is used.
    private static void Make(Lazy<OnnxValue[]> results)
    {
        try
        {
            _ = results.Value;
        }
        catch (OnnxExportException)
        {
        }
    }

    // A method that works in place gives its object another value, and so all that share its elements.
    private void Overwrite(IReadOnlyList<TracedCall> calls, Dictionary<Tensor, Lazy<OnnxValue>> given, Lazy<OnnxValue[]> results)
    {
        TracedCall call = calls[0];
        Tensor target = call.Inputs[0].Tensor;
        Slot slot = SlotOf(target);
        if (slot.Root.Before is { } before)
            _changes.TryAdd(before, call);

        if (ViewWrites.ChangesOnlyShape(call.Method.Name))
        {
            var view = new Slot(new Lazy<OnnxValue>(() => Described(results.Value[0], calls, 0)));
            view.IsViewOf(
                slot,
                value => Lowered(calls, new Dictionary<Tensor, Lazy<OnnxValue>>(given, ReferenceEqualityComparer.Instance) { [target] = new(value) }).Value[0],
                (old, value) => In(call, () => ViewWrites.Back(OperationOf(calls, given), 0, old, value)));
            _slots[target] = view;
            return;
        }

        slot.Write(new Lazy<OnnxValue>(() => In(call, () =>
        {
            OnnxElementType type = OnnxTensor.ElementTypeOf(ComplexNumbers.PartType(call.Inputs[0].Type));
            OnnxValue value = results.Value[0];
            return Described(value.ElementType == type ? value : _graph.Cast(value, type), calls, 0);
        })));
        foreach (TensorMoment output in call.Outputs)
        {
            if (ReferenceEquals(output.Tensor, target))
                continue;
            var alias = new Slot(slot.Current()); // TorchSharp gives some results as a second object of the same tensor
            alias.IsViewOf(slot, value => value, (_, value) => value);
            _slots[output.Tensor] = alias;
        }
    }

    private Lazy<OnnxValue[]> Lowered(IReadOnlyList<TracedCall> calls, Dictionary<Tensor, Lazy<OnnxValue>> given) => new(() => In(calls[0], () =>
    {
        TracedCall call = calls[0];
        Operation operation = OperationOf(calls, given);
        if (call.Module is null || !_knows(call.Module) || operation.IsComplex)
            return LoweringTable.Lower(operation);
        return [.. _graph.ExportModule(call.Module, [.. call.Inputs.Select(input => given[input.Tensor].Value)])];
    }));

    private Operation OperationOf(IReadOnlyList<TracedCall> calls, Dictionary<Tensor, Lazy<OnnxValue>> given) =>
        new(_graph, calls, _trace.Sizes, tensor => given[tensor].Value, size => _trace.Sizes.IsKnown(size, _number), SizeValue);

    private T In<T>(TracedCall call, Func<T> make)
    {
        using (_graph.At([.. _path, .. call.ModulePath.Select(module => module.Name).Where(name => name.Length > 0)]))
        {
            try
            {
                return make();
            }
            catch (NotSupportedException problem) when (problem is not OnnxExportException) // such as a type of elements that ONNX has none of
            {
                throw TraceRecorder.Refused(call.ModulePath, call.Where, $"{call.Name} makes what ONNX can't say ({problem.Message.TrimEnd('.')})", "Use another type of elements");
            }
        }
    }

    // The same in each trace, so that it follows no size.
    private static bool IsConstant(IReadOnlyList<TracedCall> calls)
    {
        Tensor[] first = calls[0].Constant!;
        return calls.Skip(1).All(call => call.Constant!.Zip(first).All(pair =>
            pair.First.dtype == pair.Second.dtype && pair.First.shape.SequenceEqual(pair.Second.shape)
            && OnnxTensor.From(ComplexNumbers.PartsOf(pair.First)).HasContentsOf(OnnxTensor.From(ComplexNumbers.PartsOf(pair.Second)))));
    }

    private OnnxValue Described(OnnxValue value, IReadOnlyList<TracedCall> calls, int output)
    {
        long[] parts = ComplexNumbers.IsComplex(calls[0].Outputs[output].Type) ? [ComplexNumbers.Parts] : [];
        value.Shape ??= Dimensions([.. calls.Select(call => (long[])[.. call.Outputs[output].Shape, .. parts])]);
        return value;
    }

    private Lazy<OnnxValue> Current(Tensor tensor) => SlotOf(tensor).Current();

    private Slot SlotOf(Tensor tensor) => _slots.TryGetValue(tensor, out Slot? slot)
        ? slot
        : throw new OnnxExportException(
            "A tensor in the module's result, or in an operation, was made by code that can't be followed, such as a call by reflection or of a dynamic object. "
            + "Make it in the module's own methods.");

    private OnnxDimension[] Dimensions(long[][] shapes) =>
        [.. Enumerable.Range(0, shapes[0].Length).Select(i => Dimension(_trace.Sizes.Fit([.. shapes.Select(shape => shape[i])])))];

    private OnnxDimension Dimension(TracedSize? size) => size switch
    {
        { IsConstant: true } => size.Constant,
        { Dimension: { } dimension } when dimension < _trace.Sizes.Names.Count => _trace.Sizes.Names[dimension],
        _ => OnnxDimension.Unknown,
    };

    // A size as int64 [1], from the shapes of the inputs.
    private OnnxValue SizeValue(TracedSize size)
    {
        if (_sizes.TryGetValue(size, out OnnxValue? known))
            return known;
        using (_graph.At([.. _path, "sizes"]))
            return _sizes[size] = MakeSize(size);
    }

    private OnnxValue Derived(DerivedSize size)
    {
        if (size.Factors is var (one, other))
            return _graph.Mul(SizeValue(_trace.Sizes.Alone(one)), SizeValue(_trace.Sizes.Alone(other)));
        if (size.Quotient is var (dividend, divisor))
            return _graph.Div(SizeValue(_trace.Sizes.Fit(dividend)!), divisor);
        if (size.Call < _number)
            return _graph.Shape(_results[size.Call].Value[size.Output], size.Axis, size.Axis + 1);
        TracedCall call = _trace.Runs[0].Calls[_number];
        throw TraceRecorder.Refused(
            call.ModulePath, call.Where, $"a size that {call.Name} takes follows the size of an input otherwise than as a·size + b, and no tensor before it has it",
            "Say it for any size, for instance with −1");
    }

    private OnnxValue MakeSize(TracedSize size)
    {
        if (size.IsConstant)
            return _graph.Constant(OnnxTensor.Of([size.Constant], 1), "size");
        if (size.Dimension is { } dimension)
        {
            if (dimension >= _trace.Sizes.Names.Count)
                return Derived(_trace.Sizes.Derived[dimension - _trace.Sizes.Names.Count]);
            int input = _trace.Inputs.Tensors.ToList().FindIndex(tensor => tensor.Dynamic.Contains(dimension));
            int axis = Array.IndexOf(_trace.Inputs.Tensors[input].Dynamic, dimension);
            return _graph.Shape(_inputs[input], axis, axis + 1);
        }

        OnnxValue? sum = size.Constant == 0 ? null : SizeValue(size with { Coefficients = new long[size.Coefficients.Count] });
        for (int i = 0; i < size.Coefficients.Count; i++)
        {
            if (size.Coefficients[i] == 0)
                continue;
            OnnxValue part = SizeValue(_trace.Sizes.Alone(i));
            if (size.Coefficients[i] != 1)
                part = _graph.Mul(part, size.Coefficients[i]);
            sum = sum is null ? part : _graph.Add(sum, part);
        }

        return sum!;
    }
}
