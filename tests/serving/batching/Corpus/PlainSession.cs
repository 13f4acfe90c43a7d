using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>ONNX Runtime by itself, on one thread: what the transform's answers are measured by.</summary>
internal sealed class PlainSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };

    public PlainSession(byte[] model)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            // Models that it can't load are an answer, not news.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        _session = new InferenceSession(model, options);
    }

    /// <exception cref="OnnxRuntimeException">The model doesn't run on these inputs.</exception>
    public CorpusTensor[] Run(IReadOnlyList<CorpusTensor> inputs, IReadOnlyList<string> outputs)
    {
        OrtValue[] values = [.. inputs.Select(input => input.ToValue())];
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(_runOptions, [.. inputs.Select(input => input.Name)], values, outputs);
            return [.. results.Select((value, index) => CorpusTensor.Read(outputs[index], value))];
        }
        finally
        {
            Array.ForEach(values, value => value.Dispose());
        }
    }

    public void Dispose()
    {
        _runOptions.Dispose();
        _session.Dispose();
    }
}
