using System.Globalization;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxQuantization;
using MnistAdder.Serving.DigitSums;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data;

namespace MnistAdder.Training.Quantization;

/// <summary>A digit-sum model in 8-bit integers, judged beside the float model that it was made of.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="Layers">Which layers are in integers.</param>
/// <param name="Float">The float model's accuracy.</param>
/// <param name="Quantized">This model's accuracy on the same images.</param>
/// <param name="Batch">Inference in batches of <see cref="BatchSize"/>.</param>
/// <param name="Single">Inference of single images.</param>
internal sealed record DigitSumQuantization(
    byte[] Bytes, IReadOnlyList<QuantizedLayer> Layers, ModelAccuracy Float, ModelAccuracy Quantized, InferenceTime Batch, InferenceTime Single)
{
    /// <summary>Images of a batch for which the model is made to be fast.</summary>
    public const int BatchSize = 64;

    // Enough for the ranges of all values.
    private const int CalibrationImages = 4096;

    // The search asks for the accuracy of many models: what it is on all images is measured at the end.
    private const int SearchedImages = 2048;

    /// <summary>Looks at the file of a digit-sum model.</summary>
    /// <returns>The dataset that it was trained on, as far as it says.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no digit-sum model.</exception>
    public static string TrainedOn(string path)
    {
        using BatchSession session = DigitSumSession.Open(new ModelSource.InFile(path), new InferenceOptions { Provider = ExecutionProvider.Cpu, IsSilent = true });
        return session.Metadata.GetValueOrDefault(ModelMetadata.DatasetKey, ModelMetadata.UnknownDataset);
    }

    /// <summary>Quantises a model, calibrated on training images, and judges it.</summary>
    /// <param name="path">The float model's file, which <see cref="TrainedOn"/> has looked at.</param>
    /// <param name="training">Images that decide what 8 bits stand for and which layers stay in floats.</param>
    /// <param name="judged">Images that nothing is chosen by.</param>
    /// <param name="judgedName">What the metadata call them.</param>
    /// <param name="form">The operators that it is made of.</param>
    /// <param name="maxLoss">Percentage points by which fewer digits or sums may be right, at least 0.</param>
    /// <param name="progress">Is told what is being done.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="TrainingException">It can't be quantised, or not within the loss.</exception>
    public static DigitSumQuantization Run(
        string path, DigitSet training, DigitSet judged, string judgedName, QuantizedForm form, double maxLoss, Action<string> progress, CancellationToken cancellation)
    {
        if (training.Count < BatchSize)
            throw new TrainingException($"Calibration takes at least {BatchSize} training images; there are {training.Count}.");
        byte[] floats = File.ReadAllBytes(path);
        DigitSet searched = training.Take(SearchedImages);
        ModelAccuracy searchedFloat = ModelAccuracy.Of(floats, searched, cancellation);
        QuantizedModel model;
        try
        {
            model = OnnxQuantizer.Quantize(floats, CalibrationData.FromTensors(DigitBatches.Whole(training.Take(CalibrationImages), BatchSize)), new QuantizationOptions
            {
                Form = form,
                MaxLoss = maxLoss,
                Loss = candidate => Math.Max(0, searchedFloat.PointsAbove(ModelAccuracy.Of(candidate, searched, cancellation))),
                Progress = step =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress(step);
                },
            });
        }
        catch (OnnxQuantizationException error)
        {
            throw new TrainingException($"{path}: {error.Message}", error);
        }

        progress($"judging both models on the {judgedName} images");
        ModelAccuracy before = ModelAccuracy.Of(floats, judged, cancellation), after = ModelAccuracy.Of(model.ToArray(), judged, cancellation);
        if (before.PointsAbove(after) > maxLoss + 1e-9)
        {
            throw new TrainingException(string.Create(
                CultureInfo.InvariantCulture,
                $"{path} loses {before.PointsAbove(after):0.###} points in integers, from {Text(before)} to {Text(after)} of the {judgedName} images; at most {maxLoss:0.###} are allowed (--max-loss). No model was written."));
        }

        SetMetadata(model, before, after, judgedName);
        progress("measuring the speed of both");
        byte[] bytes = model.ToArray();
        return new DigitSumQuantization(
            bytes, model.Layers, before, after, InferenceTime.Measure(floats, bytes, training, BatchSize), InferenceTime.Measure(floats, bytes, training, batchSize: 1));
    }

    private static string Text(ModelAccuracy accuracy) => string.Create(CultureInfo.InvariantCulture, $"digit {accuracy.Digit:0.00%}, sum {accuracy.Sum:0.00%}");

    private static void SetMetadata(QuantizedModel model, ModelAccuracy before, ModelAccuracy after, string judgedName)
    {
        foreach ((string key, string value) in ModelMetadata.Accuracies(after.Digit, after.Sum, judgedName).Concat(ModelMetadata.FloatAccuracies(before.Digit, before.Sum)))
            model.SetMetadata(key, value);
    }
}
