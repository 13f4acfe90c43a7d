using System.Globalization;
using System.Xml.Linq;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Page.Plots;

namespace MnistAdder.Training.Page;

/// <summary>How loss and accuracy went over the epochs.</summary>
internal static class CurvesSection
{
    public static XElement Write(ReportContent report)
    {
        IReadOnlyList<EpochResult> history = report.Run.History;
        string judgedOn = report.Run.Metadata.EvaluatedOn;
        return Html.Section(
            "curves",
            "Curves",
            Html.Paragraph(
                "Training figures are means over an epoch's batches in training mode, with one random addend for each image and whatever augmentation and label smoothing the recipe has; "
                + $"{judgedOn} figures are those of the weights at the epoch's end with all ten addends. A training figure can therefore be worse than the other of the same epoch."),
            Html.Columns(
                Figure.Show(
                    CurvePlots.Loss(history, judgedOn),
                    Values("loss after each epoch, in nats", scores => scores.DigitLoss, scores => scores.SumLoss, loss => NumberText.Number(loss, "0.0000"))),
                Figure.Show(
                    CurvePlots.Accuracy(history, judgedOn),
                    Values("accuracy after each epoch", scores => scores.DigitAccuracy, scores => scores.SumAccuracy, NumberText.Percent))));

        Table Values(string caption, Func<HeadScores, double> digit, Func<HeadScores, double> sum, Func<double, string> text)
        {
            string[] columns = ["epoch", $"digit, {judgedOn}", "digit, training", $"sum, {judgedOn}", "sum, training", "learning rate"];
            var table = new Table(caption, [.. columns.Select(column => new Column(column))]);
            foreach (EpochResult epoch in history)
            {
                table.Row(
                    epoch.Epoch.ToString(CultureInfo.InvariantCulture),
                    epoch.Test is null ? NumberText.None : text(digit(epoch.Test)),
                    text(digit(epoch.Training)),
                    epoch.Test is null ? NumberText.None : text(sum(epoch.Test)),
                    text(sum(epoch.Training)),
                    NumberText.Number(epoch.LearningRate, "G3"));
            }

            return table;
        }
    }
}
