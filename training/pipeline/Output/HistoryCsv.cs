using System.Globalization;
using System.Text;
using MnistAdder.Training.Evaluation;

namespace MnistAdder.Training.Output;

/// <summary><c>history.csv</c>: a row for each epoch.</summary>
internal static class HistoryCsv
{
    private static readonly (string Name, Func<EpochResult, double?> Value)[] Columns =
    [
        ("epoch", epoch => epoch.Epoch),
        ("train_digit_loss", epoch => epoch.Training.DigitLoss),
        ("train_sum_loss", epoch => epoch.Training.SumLoss),
        ("train_digit_accuracy", epoch => epoch.Training.DigitAccuracy),
        ("train_sum_accuracy", epoch => epoch.Training.SumAccuracy),
        ("test_digit_loss", epoch => epoch.Test?.DigitLoss),
        ("test_sum_loss", epoch => epoch.Test?.SumLoss),
        ("test_digit_accuracy", epoch => epoch.Test?.DigitAccuracy),
        ("test_sum_accuracy", epoch => epoch.Test?.SumAccuracy),
        ("seconds", epoch => epoch.Seconds),
        ("images_per_second", epoch => epoch.ImagesPerSecond),
        ("learning_rate", epoch => epoch.LearningRate),
    ];

    /// <summary>The file's text; a field without a value is empty.</summary>
    public static string Write(IReadOnlyList<EpochResult> history)
    {
        var text = new StringBuilder();
        text.AppendJoin(',', Columns.Select(column => column.Name)).Append('\n');
        foreach (EpochResult epoch in history)
            text.AppendJoin(',', Columns.Select(column => column.Value(epoch)?.ToString("G8", CultureInfo.InvariantCulture))).Append('\n');
        return text.ToString();
    }
}
