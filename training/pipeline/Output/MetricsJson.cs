using System.Text.Encodings.Web;
using System.Text.Json;
using MnistAdder.Training.Results;

namespace MnistAdder.Training.Output;

/// <summary><c>metrics.json</c>: the run's figures for programs.</summary>
internal static class MetricsJson
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The file's text.</summary>
    public static string Write(RunSummary run) => JsonSerializer.Serialize(
        new
        {
            run.Metadata.DigitAccuracy,
            run.Metadata.SumAccuracy,
            run.Metadata.EvaluatedOn,
            LastEpoch = run.History[^1],
            run.Settings,
            run.Metadata.Parameters,
            run.TrainingSeconds,
            run.ImagesPerSecond,
            run.ExportSeconds,
            run.Verification,
            run.Evaluation,
            ExpectedCalibrationError = new
            {
                Evaluation.Calibration.BinCount,
                Digit = run.Details.Digit.Calibration.ExpectedError,
                Sum = run.Details.Sum.Calibration.ExpectedError,
            },
            run.Details.SumAccuracyByAddend,
            run.Details.MistakenImages,
            run.Device,
            run.Metadata.Date,
            Versions = RunEnvironment.Here(),
        },
        Format) + "\n";
}
