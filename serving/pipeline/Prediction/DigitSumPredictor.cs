using System.Collections.Concurrent;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Serving;

/// <summary>
/// Reads digits and adds numbers without a data view: for a web service or a program with images in hand. All members can be called
/// by any number of threads at once, where ML.NET's <c>PredictionEngine</c> serves one.
/// </summary>
public sealed class DigitSumPredictor : IDisposable
{
    private readonly DigitImageDecoder _decoder;
    private readonly int _batchSize;

    // Tensors that are allocated once and lent to one caller at a time; as many as there have been callers at once.
    private readonly ConcurrentBag<DigitSumBatch> _singles = [];
    private readonly ConcurrentBag<DigitSumBatch> _batches = [];

    /// <summary>Loads a model.</summary>
    /// <param name="options">The model, and how images are prepared.</param>
    /// <exception cref="ArgumentException">No model is named.</exception>
    /// <exception cref="FileNotFoundException">The model doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The model is no digit-sum model.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    public DigitSumPredictor(DigitSumPredictorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrEmpty(options.ModelFile))
            throw new ArgumentException($"{nameof(DigitSumPredictorOptions)}.{nameof(options.ModelFile)} names no model.", nameof(options));
        _decoder = new DigitImageDecoder(options.Preparation, options.Limits) { Folder = options.ImageFolder };
        Session = DigitSumSession.Open(new ModelSource.InFile(options.ModelFile), options.Inference);
        _batchSize = Session.BatchSize(DigitSumSession.RowBytes);
    }

    /// <summary>Loads a model with images prepared automatically.</summary>
    /// <param name="modelFile">The path of a <c>model.onnx</c>.</param>
    /// <exception cref="FileNotFoundException">The model doesn't exist.</exception>
    /// <exception cref="InvalidDataException">The model is no digit-sum model.</exception>
    public DigitSumPredictor(string modelFile)
        : this(new DigitSumPredictorOptions { ModelFile = modelFile })
    {
    }

    /// <summary>The model that is run: says on which provider, and why not on CUDA.</summary>
    public BatchSession Session { get; }

    /// <summary>Scores one image on the calling thread.</summary>
    /// <param name="image">The image.</param>
    /// <param name="number">The number to add, 0…9; another one is an error of the answer, not an exception.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="ObjectDisposedException">The predictor has been disposed of.</exception>
    public DigitSumPrediction Predict(DigitImage image, long number)
    {
        if (!_singles.TryTake(out DigitSumBatch? batch))
            batch = new DigitSumBatch(Session, capacity: 1);
        Read(batch, 0, new DigitSumRequest(image, number));
        batch.RunAll(1);
        DigitSumPrediction answer = Answer(batch, 0);
        _singles.Add(batch);
        return answer;
    }

    /// <summary>Scores images in batches; several batches are worked on at once.</summary>
    /// <param name="requests">Images and numbers.</param>
    /// <returns>An answer for each request, in their order.</returns>
    /// <exception cref="ObjectDisposedException">The predictor has been disposed of.</exception>
    public IReadOnlyList<DigitSumPrediction> Predict(IReadOnlyList<DigitSumRequest> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var answers = new DigitSumPrediction[requests.Count];
        int batches = (requests.Count + _batchSize - 1) / _batchSize;
        if (batches <= 1)
            Score(requests, answers, 0);
        else
            Parallel.For(0, batches, new ParallelOptions { MaxDegreeOfParallelism = Session.Workers }, i => Score(requests, answers, i * _batchSize));
        return answers;
    }

    /// <summary>Releases the model, once predictions that are under way have ended.</summary>
    public void Dispose()
    {
        Session.Dispose();
        while (_singles.TryTake(out DigitSumBatch? batch) || _batches.TryTake(out batch))
            batch.Dispose();
    }

    private void Score(IReadOnlyList<DigitSumRequest> requests, DigitSumPrediction[] answers, int start)
    {
        int count = Math.Min(_batchSize, requests.Count - start);
        if (count == 0)
            return;
        if (!_batches.TryTake(out DigitSumBatch? batch))
            batch = new DigitSumBatch(Session, _batchSize);
        for (int i = 0; i < count; i++)
            Read(batch, i, requests[start + i]);
        batch.RunAll(count);
        for (int i = 0; i < count; i++)
            answers[start + i] = Answer(batch, i);
        _batches.Add(batch);
    }

    private void Read(DigitSumBatch batch, int index, DigitSumRequest request)
    {
        if (request.Image.TryDecode(_decoder, batch.Image(index), out ImageWarnings warnings, out string? error))
            batch.Accept(index, request.Number, warnings);
        else
            batch.Fail(index, error!);
    }

    private static DigitSumPrediction Answer(DigitSumBatch batch, int index)
    {
        float[] digits = new float[ModelContract.DigitClasses];
        float[] sums = new float[ModelContract.SumClasses];
        batch.CopyDigitProbabilities(index, digits);
        batch.CopySumProbabilities(index, sums);
        return new DigitSumPrediction(batch.Digit(index), digits, batch.Sum(index), sums, batch.Error(index), batch.Warning(index));
    }
}

/// <summary>A predictor's model, and how images are prepared for it.</summary>
public sealed class DigitSumPredictorOptions
{
    /// <summary>The path of a <c>model.onnx</c>.</summary>
    public string? ModelFile { get; set; }

    /// <summary>The folder that relative paths of images start from; the working directory where it is left out.</summary>
    public string? ImageFolder { get; set; }

    /// <summary>How images are brought to the model's geometry.</summary>
    public ImagePreparation Preparation { get; set; } = ImagePreparation.Auto;

    /// <summary>What an image may cost; <see cref="ImageLimits.Default"/> where left out.</summary>
    public ImageLimits? Limits { get; set; }

    /// <summary>Provider, batch size and threads.</summary>
    public InferenceOptions Inference { get; set; } = InferenceOptions.Default;
}
