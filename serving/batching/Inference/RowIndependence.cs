using System.Collections.Concurrent;
using MnistAdder.OnnxBatching.Independence;
using MnistAdder.OnnxBatching.Independence.Flows;
using MnistAdder.OnnxBatching.Models;

namespace MnistAdder.OnnxBatching.Inference;

/// <summary>
/// Whether rows of a model may be run together: proven from its graph, or checked on the rows as they come. For any number of threads.
/// </summary>
internal sealed class RowIndependence
{
    private readonly string _model;
    private readonly RowCheck _check;
    private readonly Action<string>? _log;
    private readonly HashSet<string> _certain = [];
    private readonly ConcurrentDictionary<string, bool> _trusted = new();
    private volatile string? _reason;

    private RowIndependence(string model, RowCheck check, Action<string>? log)
    {
        _model = model;
        _check = check;
        _log = log;
    }

    /// <summary>Rows that are run together, as long as nothing speaks against it.</summary>
    public static RowIndependence Proven => new("", RowCheck.Off, null) { IsProven = true };

    /// <summary>Whether rows of any shape are run together unchecked.</summary>
    public bool IsProven { get; private init; }

    /// <summary>Why every row is run alone, a clause; else <see langword="null"/>.</summary>
    public string? Alone => _reason;

    /// <summary>Looks at a model.</summary>
    /// <param name="session">The model.</param>
    /// <param name="outline">Its graph.</param>
    /// <param name="inputs">The inputs that are fed, with the sizes given to their open dimensions.</param>
    /// <param name="outputs">The outputs that are wanted.</param>
    /// <param name="log">Receives the sentence that rows were found to depend on each other, once.</param>
    public static RowIndependence Of(
        BatchSession session, ModelOutline outline, IReadOnlyList<TensorSignature> inputs, IReadOnlyList<TensorSignature> outputs, Action<string>? log)
    {
        RowCheck check = session.RowCheck;
        RowIndependence Alone(string reason) => new(session.Name, check, log) { _reason = reason };

        if (outline.Model is not { } model)
            return Alone("its graph can't be read");
        if (inputs.FirstOrDefault(input => !input.IsBatched || session.Inputs.All(other => other.Name != input.Name)) is { } single)
            return Alone($"its input '{single.Name}' ({single}) has no open first dimension");
        if (inputs.Count == 0)
            return Alone("it has no inputs");

        IReadOnlyList<Flow> flows = GraphFlow.Follow(model, [.. inputs.Select(input => input.Name)], [.. outputs.Select(output => output.Name)]);
        var independence = new RowIndependence(session.Name, check, log) { IsProven = flows.All(IsApart) || check == RowCheck.Off };
        foreach ((Flow flow, TensorSignature output) in flows.Zip(outputs))
        {
            if (flow.Kind is not (FlowKind.PerRow or FlowKind.Unknown))
                return Alone(flow.Reason ?? $"its output '{output.Name}' doesn't depend on the rows");
            if (IsApart(flow) && IsOfShape(flow, output) && !inputs.Any(input => input.MayBeEmpty))
                independence._certain.Add(output.Name);
        }

        if (independence.IsProven)
            return independence;
        string unknown = flows.First(flow => !IsApart(flow)).Reason ?? "rows stand for themselves along another axis than the first";
        if (outputs.FirstOrDefault(output => !output.IsBatched) is { } whole)
            return Alone($"its output '{whole.Name}' ({whole}) has no open first dimension, and {unknown}");
        string[] names = [.. inputs.Concat(outputs).Select(tensor => tensor.Symbols.FirstOrDefault("")).Where(name => name.Length > 0).Distinct()];
        return names.Length > 1 ? Alone($"its tensors' first dimensions have different names ({string.Join(", ", names)}), and {unknown}") : independence;
    }

    /// <summary>Whether an output's rows are known to have the shape that the model declares.</summary>
    public bool IsCertain(string output) => _certain.Contains(output);

    /// <summary>Whether rows have been run together before with the same results as alone.</summary>
    /// <param name="key">Their shapes and the outputs asked for.</param>
    public bool IsTrusted(string key) => _trusted.ContainsKey(key);

    /// <summary>Says that rows gave the same together as alone.</summary>
    /// <param name="key">Their shapes and the outputs asked for.</param>
    public void Trust(string key) => _trusted.TryAdd(key, true);

    /// <summary>Says that rows gave something else together than alone: from now on every row is run alone.</summary>
    /// <param name="difference">What was seen, a clause.</param>
    /// <exception cref="InvalidOperationException">That is an error, by the options.</exception>
    public void Distrust(string difference)
    {
        if (_check == RowCheck.Error)
            throw new InvalidOperationException($"Rows of the model '{_model}' depend on each other: {difference}. {nameof(InferenceOptions)}.{nameof(InferenceOptions.RowCheck)} makes that an error.");
        if (Interlocked.CompareExchange(ref _reason, difference, null) is null)
            _log?.Invoke($"The model '{_model}' runs row by row from here on, since its rows depend on each other: {difference}.");
    }

    // Row by row in the output's memory.
    private static bool IsApart(Flow flow) => flow.Kind == FlowKind.PerRow && flow.Before == Size.One;

    private static bool IsOfShape(Flow flow, TensorSignature output) =>
        flow.Axis == 0 && flow.Shape![0] == Size.Rows && output.IsBatched && flow.Shape.Skip(1).Select(size => size.Known).SequenceEqual(output.Dimensions.Skip(1).Select(size => (long?)size));
}
