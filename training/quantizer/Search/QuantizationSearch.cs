using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxQuantization.Calibration;
using MnistAdder.OnnxQuantization.Graphs;
using MnistAdder.OnnxQuantization.Results;
using MnistAdder.OnnxQuantization.Writing;

namespace MnistAdder.OnnxQuantization.Search;

/// <summary>Finds which layers are left in floats: those that are no slower there, and as many more as the loss asks for.</summary>
internal sealed class QuantizationSearch : IDisposable
{
    // Less is what two measurements of one model differ by.
    private const double LeastGain = 0.015;

    private readonly FloatModel _model;
    private readonly IReadOnlyDictionary<string, ValueStatistics> _statistics;
    private readonly IReadOnlyDictionary<string, Quantization> _ranges;
    private readonly CalibrationData _data;
    private readonly QuantizationOptions _options;
    private readonly InferenceSession _float;
    private readonly IReadOnlyCollection<NamedOnnxValue> _batch;
    private readonly Dictionary<Step, double> _timesInFloats = [];

    public QuantizationSearch(FloatModel model, IReadOnlyDictionary<string, ValueStatistics> statistics, CalibrationData data, QuantizationOptions options)
    {
        (_model, _statistics, _data, _options) = (model, statistics, data, options);
        _ranges = statistics.ToDictionary(pair => pair.Key, pair => pair.Value.Choose(options.Calibration, options.Percentile));
        _float = Open(model.Bytes);
        _batch = data.Batches(_float).First();
    }

    /// <summary>Searches.</summary>
    /// <exception cref="OnnxQuantizationException">There is no layer for integers, or none within the loss.</exception>
    public QuantizedModel Run()
    {
        using Trial all = Try([]);
        Step[] layers = [.. _model.Steps.Where(step => step.Computes && all.Plan.IsInteger(step))];
        if (layers.Length == 0)
            throw new OnnxQuantizationException(FloatModel.NothingToQuantize);

        var floats = new HashSet<Step>();
        if (_options.MeasuresTime)
            LeaveWhatIsNoSlower([.. _model.Steps.Where(step => step.Kind != StepKind.Flatten && all.Plan.IsInteger(step))], floats);
        double loss = LeaveWhatIsLost(layers, floats);
        using Trial chosen = Try(floats);
        _options.Progress?.Invoke("comparing the speed");
        double? speed = _options.MeasuresTime ? Timing.Ratio(_float, chosen.Session, _batch) : null;
        QuantizedLayer[] report =
        [
            .. layers.Select(layer => new QuantizedLayer(
                layer.Name, layer.Node.OpType, !floats.Contains(layer), _timesInFloats.TryGetValue(layer, out double ratio) ? ratio : null)),
        ];
        return new QuantizedModel(_model, chosen.File, report, loss, speed);
    }

    public void Dispose() => _float.Dispose();

    // One step after the other: what its neighbours are decides what stands between them and it.
    private void LeaveWhatIsNoSlower(Step[] steps, HashSet<Step> floats)
    {
        Trial best = Try(floats);
        try
        {
            for (int i = 0; i < steps.Length; i++)
            {
                // In floats already, since nothing around it is in integers any more.
                if (!best.Plan.IsInteger(steps[i]))
                    continue;
                _options.Progress?.Invoke(string.Create(CultureInfo.InvariantCulture, $"measuring the time of step {i + 1} of {steps.Length}"));
                Trial without = Try([.. floats, steps[i]]);
                double ratio = Timing.Ratio(without.Session, best.Session, _batch);
                if (ratio < 1 - LeastGain)
                    ratio = Math.Max(ratio, Timing.Ratio(without.Session, best.Session, _batch));
                _timesInFloats[steps[i]] = ratio;
                if (ratio >= 1 - LeastGain)
                {
                    without.Dispose();
                    continue;
                }

                floats.Add(steps[i]);
                best.Dispose();
                best = without;
            }
        }
        finally
        {
            best.Dispose();
        }
    }

    // Of the layers in integers, the one that costs most accuracy first.
    private double LeaveWhatIsLost(Step[] layers, HashSet<Step> floats)
    {
        double loss = Loss(floats);
        while (loss > _options.MaxLoss)
        {
            Step[] integers = [.. layers.Where(layer => !floats.Contains(layer))];
            _options.Progress?.Invoke(string.Create(CultureInfo.InvariantCulture, $"looking for what costs accuracy: a loss of {loss:0.####} with {integers.Length} layers in integers"));
            // With the last layer nothing would be left in integers.
            if (integers.Length <= 1)
            {
                string left = integers is [var last] ? $"with {last.Name} alone" : "even in floats";
                throw new OnnxQuantizationException(string.Create(
                    CultureInfo.InvariantCulture, $"No layer can be quantised within a loss of {_options.MaxLoss:0.####}: {left} it is {loss:0.####}."));
            }

            (double next, Step layer) = integers.Select(integer => (Loss([.. floats, integer]), integer)).MinBy(pair => pair.Item1);
            floats.Add(layer);
            loss = next;
        }

        return loss;
    }

    private double Loss(HashSet<Step> floats)
    {
        using Trial trial = Try(floats);
        double loss = _options.Loss?.Invoke(trial.Bytes) ?? Error(trial.Session);
        // No number is no answer: it is worse than any.
        return double.IsNaN(loss) ? double.PositiveInfinity : loss;
    }

    private double Error(InferenceSession session)
    {
        OutputError[] errors = [.. _model.Outputs.Select(_ => new OutputError())];
        foreach (IReadOnlyCollection<NamedOnnxValue> batch in _data.Batches(session))
        {
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> expected = _float.Run(batch, _model.Outputs), actual = session.Run(batch, _model.Outputs);
            foreach ((OutputError error, (DisposableNamedOnnxValue one, DisposableNamedOnnxValue other)) in errors.Zip(expected.Zip(actual)))
                error.Add(one, other);
        }

        return errors.Max(error => error.Relative);
    }

    private Trial Try(HashSet<Step> floats)
    {
        var plan = new QuantizationPlan(_model, _statistics, _ranges, floats);
        QuantizedWriter writer = _options.Form == QuantizedForm.Standard ? new StandardWriter(plan) : new RuntimeWriter(plan);
        QuantizedFile file = writer.Write();
        byte[] bytes = file.Model.ToByteArray();
        return new Trial(plan, file, bytes, Open(bytes));
    }

    private static InferenceSession Open(byte[] model)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        return new InferenceSession(model, options);
    }

    private sealed record Trial(QuantizationPlan Plan, QuantizedFile File, byte[] Bytes, InferenceSession Session) : IDisposable
    {
        public void Dispose() => Session.Dispose();
    }
}
