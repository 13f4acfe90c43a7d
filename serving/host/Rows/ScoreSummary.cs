using System.Globalization;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.Scoring.Rows;

/// <summary>What is said of a run when it is done.</summary>
internal static class ScoreSummary
{
    public static void Write(TextWriter console, RowTally tally, bool isLabelled, double seconds, BatchSession session, string model, bool verbose)
    {
        if (session.BatchHalved is { } halved)
            console.WriteLine($"note: {halved}");
        if (isLabelled)
            console.WriteLine(tally.Labels.ToText());

        bool isOurs = ModelMetadata.TryParse(session.Metadata, out ModelMetadata? origin);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{tally}, {seconds:0.00} s, {tally.Rows / seconds:0} rows/s, provider {session.Provider.ToString().ToLowerInvariant()}, model {model} ({(isOurs ? $"trained on {origin!.Dataset}" : "of unknown origin")})"));

        // Why it isn't CUDA is news where a device is there, and an answer to whoever asks.
        if (session.Fallback is { } fallback && (verbose || NvidiaDriver.TryQuery() is { Devices.Count: > 0 }))
            console.WriteLine($"note: {fallback}");
        if (origin?.Dataset == ModelMetadata.SyntheticDataset)
            console.WriteLine("warning: the model was trained on synthetic digits, which a program drew; one that was trained on MNIST reads handwriting better");
    }
}
