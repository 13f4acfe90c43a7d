using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MnistAdder.Onnx;
using MnistAdder.OnnxQuantization.Graphs;

namespace MnistAdder.OnnxQuantization.Calibration;

/// <summary>Runs the float model on the calibration data and looks at every value that 8 bits may have to stand for.</summary>
internal static class Calibrator
{
    /// <summary>Looks at all values.</summary>
    /// <exception cref="OnnxQuantizationException">There are no data, or a value is infinite or no number on them.</exception>
    public static IReadOnlyDictionary<string, ValueStatistics> Run(FloatModel model, CalibrationData data, CalibrationMethod method)
    {
        Dictionary<string, ValueStatistics> statistics = model.Values.ToDictionary(value => value, _ => new ValueStatistics());
        using InferenceSession session = WithOutputs(model.Proto, statistics.Keys);
        int batches = 0;
        foreach (IReadOnlyCollection<NamedOnnxValue> batch in data.Batches(session))
        {
            ForEach(session, batch, (name, tensor) => statistics[name].Widen(name, tensor.Buffer.Span, tensor.Dimensions));
            batches++;
        }

        if (batches == 0)
            throw new OnnxQuantizationException("There are no calibration data: give at least one batch.");
        if (method != CalibrationMethod.MinMax)
        {
            foreach (IReadOnlyCollection<NamedOnnxValue> batch in data.Batches(session))
                ForEach(session, batch, (name, tensor) => statistics[name].Count(tensor.Buffer.Span));
        }

        return statistics;

        void ForEach(InferenceSession running, IReadOnlyCollection<NamedOnnxValue> batch, Action<string, DenseTensor<float>> take)
        {
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = running.Run(batch, [.. statistics.Keys.Where(value => !running.InputMetadata.ContainsKey(value))]);
            foreach (NamedOnnxValue value in outputs.Concat(batch))
            {
                // Of another type than floats nothing is known, and no step with it can be done in integers.
                if (value.Value is DenseTensor<float> tensor && statistics.ContainsKey(value.Name))
                    take(value.Name, tensor);
            }
        }
    }

    /// <summary>Loads a model that gives other values than its outputs, as they are before ONNX Runtime fuses anything.</summary>
    public static InferenceSession WithOutputs(ModelProto model, IEnumerable<string> values)
    {
        ModelProto changed = model.Clone();
        HashSet<string> known = [.. changed.Graph.Input.Concat(changed.Graph.Output).Select(value => value.Name)];
        foreach (string value in values.Where(known.Add))
            changed.Graph.Output.Add(new ValueInfoProto { Name = value });
        using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_BASIC, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        return new InferenceSession(changed.ToByteArray(), options);
    }
}
