using MnistAdder.OnnxQuantization.Calibration;
using MnistAdder.OnnxQuantization.Graphs;

namespace MnistAdder.OnnxQuantization.Writing;

/// <summary>Which steps of a model are done in integers, and what the 8 bits of their values stand for.</summary>
internal sealed class QuantizationPlan
{
    private readonly IReadOnlyDictionary<string, ValueStatistics> _statistics;
    private readonly IReadOnlyDictionary<string, Quantization> _ranges;
    private readonly HashSet<Step> _integer = [];
    private readonly Dictionary<string, Step> _producers = [];
    private readonly ILookup<string, Step> _readers;

    /// <param name="model">The float model.</param>
    /// <param name="statistics">Of its values.</param>
    /// <param name="ranges">What 8 bits stand for, for each value.</param>
    /// <param name="floats">Steps that stay in floats whatever speaks for integers.</param>
    public QuantizationPlan(
        FloatModel model, IReadOnlyDictionary<string, ValueStatistics> statistics, IReadOnlyDictionary<string, Quantization> ranges, IReadOnlySet<Step> floats)
    {
        (Model, _statistics, _ranges) = (model, statistics, ranges);
        _readers = model.Steps.SelectMany(step => step.Inputs.Select(input => (input, step))).ToLookup(pair => pair.input, pair => pair.step);
        foreach (Step step in model.Steps)
        {
            foreach (string output in step.Activation is null ? step.Node.Output : step.Activation.Output)
                _producers[output] = step;
        }

        Step[] possible = [.. model.Steps.Where(step => step.Kind != StepKind.Other && !floats.Contains(step) && HasKnownValues(step))];
        _integer.UnionWith(possible.Where(step => step.Computes));
        foreach (Step step in possible.Where(step => !step.Computes))
        {
            // In integers only what finds integers, or floats that become some for a neighbour anyway.
            if (step.Inputs.All(IsAtHand) && (step.Kind != StepKind.Flatten || _readers[step.Output].All(_integer.Contains)))
                _integer.Add(step);
        }

        bool IsAtHand(string value) =>
            IsMadeOfIntegers(value) || _readers[value].Any(reader => reader.Computes && _integer.Contains(reader));
    }

    public FloatModel Model { get; }

    public bool IsInteger(Step step) => _integer.Contains(step);

    /// <summary>Whether a value comes out of a step in integers.</summary>
    public bool IsMadeOfIntegers(string value) => _producers.TryGetValue(value, out Step? producer) && _integer.Contains(producer);

    /// <summary>The step that makes a value; null for an input and a constant.</summary>
    public Step? Producer(string value) => _producers.GetValueOrDefault(value);

    /// <summary>The step that alone reads a value; null where there is none, or more, or the model gives it.</summary>
    public Step? OnlyReader(string value) => !Model.Outputs.Contains(value) && _readers[value].Take(2).ToArray() is [var reader] ? reader : null;

    /// <summary>Whether nothing reads a value but steps in integers, one of which does.</summary>
    public bool IsOnlyReadByIntegers(string value) => !Model.Outputs.Contains(value) && _readers[value].Any() && _readers[value].All(_integer.Contains);

    /// <summary>Whether a step in integers reads a value.</summary>
    public bool HasIntegerReader(string value) => _readers[value].Any(_integer.Contains);

    /// <summary>What a value's 8 bits stand for.</summary>
    public Quantization Of(string value) =>
        _producers.TryGetValue(value, out Step? producer) && producer.Moves && _integer.Contains(producer) ? Of(producer.Inputs[0]) : _ranges[value];

    /// <summary>A value's shape in the first run of the calibration data; only the first size may be another.</summary>
    public int[] Shape(string value) => _statistics[value].Shape!;

    private bool HasKnownValues(Step step)
    {
        if (!step.Inputs.Append(step.Output).All(value => _statistics[value].Shape is not null))
            return false;
        return step.Kind switch
        {
            // Broadcasting is left to floats where it would depend on the order of the axes.
            StepKind.Sum or StepKind.Multiplication or StepKind.Concatenation => step.Inputs.All(input => Shape(input).Length == Shape(step.Inputs[0]).Length),
            // With the channels side by side the last axis isn't the one that is summed over.
            StepKind.Product => Shape(step.Inputs[0]).Length != 4,
            // One axis of the image's must not be the rows'.
            StepKind.Flatten => Shape(step.Output).Length == 2 && Shape(step.Output)[0] == Shape(step.Inputs[0])[0],
            _ => true,
        };
    }
}
