using System.Diagnostics;
using Microsoft.ML;

namespace MnistAdder.Serving.Tests.Endurance;

/// <summary>Predictions without end in one process: in turns by the predictor from memory and from a file, and by a <c>PredictionEngine</c> from a file.</summary>
internal static class Soak
{
    /// <summary>How often it is looked at what the process holds.</summary>
    public const int Points = 10;

    /// <summary>What may be more at the last point than at the second: caches that fill, and the ups and downs of any process.</summary>
    public const long ManagedTolerance = 1 << 20, WorkingSetTolerance = 16 << 20;

    /// <inheritdoc cref="ManagedTolerance"/>
    public const int HandleTolerance = 2;

    /// <summary>Predicts, and takes a sample after every tenth.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="files">Pictures.</param>
    /// <param name="predictions">How many predictions.</param>
    /// <exception cref="InvalidOperationException">A picture got another answer than the first time.</exception>
    public static IEnumerable<SoakSample> Run(string model, IReadOnlyList<string> files, int predictions)
    {
        var ml = new MLContext();
        using DigitSumTransformer transformer = ml.Transforms.ApplyDigitSumModel(model, "Path", "Number").Fit(ml.Data.LoadFromEnumerable(Array.Empty<Question>()));
        using var engine = ml.Model.CreatePredictionEngine<Question, Answer>(transformer, new PredictionEngineOptions { OwnsTransformer = false });
        using var predictor = new DigitSumPredictor(model);
        byte[][] contents = [.. files.Select(File.ReadAllBytes)];
        long[] sums = [.. files.Select((file, index) => predictor.Predict(DigitImage.FromFile(file), Number(index)).Sum)];

        var clock = Stopwatch.StartNew();
        int done = 0;
        for (int point = 1; point <= Points; point++)
        {
            for (int end = (int)((long)predictions * point / Points); done < end; done++)
            {
                int index = done % files.Count;
                long sum = (done % 3) switch
                {
                    0 => predictor.Predict(DigitImage.FromEncoded(contents[index]), Number(index)).Sum,
                    1 => predictor.Predict(DigitImage.FromFile(files[index]), Number(index)).Sum,
                    _ => engine.Predict(new Question { Path = files[index], Number = Number(index) }).Sum,
                };
                if (sum != sums[index])
                    throw new InvalidOperationException($"Prediction {done} of {files[index]} is {sum}; the first was {sums[index]}.");
            }

            yield return SoakSample.Take(done, clock.Elapsed);
        }
    }

    /// <summary>What has grown by more than the tolerance since the second point, a line for each.</summary>
    public static IReadOnlyList<string> Growth(IReadOnlyList<SoakSample> samples)
    {
        SoakSample early = samples[1], last = samples[^1];
        (string Name, long Growth, long Tolerance)[] figures =
        [
            ("bytes of the managed heap", last.ManagedBytes - early.ManagedBytes, ManagedTolerance),
            ("bytes of the working set", last.WorkingSet - early.WorkingSet, WorkingSetTolerance),
            ("open file descriptors", last.Handles - early.Handles, HandleTolerance),
        ];
        return
        [
            .. figures.Where(figure => figure.Growth > figure.Tolerance).Select(figure =>
                $"{figure.Growth} more {figure.Name} after {last.Predictions} predictions than after {early.Predictions}; {figure.Tolerance} are tolerated"),
        ];
    }

    private static long Number(int index) => index % ModelContract.DigitClasses;

    private sealed class Question
    {
        public string Path { get; set; } = "";

        public long Number { get; set; }
    }

    private sealed class Answer
    {
        public long Sum { get; set; }
    }
}
