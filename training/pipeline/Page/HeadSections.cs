using System.Globalization;
using System.Xml.Linq;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Page.Plots;

namespace MnistAdder.Training.Page;

/// <summary>The sections that show the same of both heads.</summary>
internal static class HeadSections
{
    public static XElement Confusion(ReportContent report) => Html.Section(
        "confusion",
        "Confusion matrices",
        report.Heads.Select(head => Figure.Show(ConfusionPlot.Draw(head), ConfusionTable(head))));

    public static XElement Classes(ReportContent report) => Html.Section(
        "classes",
        "Precision and recall",
        Html.Columns(report.Heads.Select(head => Figure.Show(HeadPlots.Classes(head), ClassTable(head)))));

    public static XElement Calibration(ReportContent report) => Html.Section(
        "calibration",
        "Calibration",
        Html.Paragraph(
            "Expected calibration error (ECE): ",
            Html.Element("strong", new XAttribute("id", "digit-calibration-error"), NumberText.Percent(report.Run.Details.Digit.Calibration.ExpectedError)),
            " of the digit, ",
            Html.Element("strong", new XAttribute("id", "sum-calibration-error"), NumberText.Percent(report.Run.Details.Sum.Calibration.ExpectedError)),
            $" of the sum. It is the distance between the share of right answers and their mean probability, averaged over {Evaluation.Calibration.BinCount} bins of equal width of the "
            + "answer's probability and weighted by the answers in each (Guo et al., 2017)."),
        Html.Columns(report.Heads.Select(head => Figure.Show(HeadPlots.Reliability(head), CalibrationTable(head)))));

    private static Table ConfusionTable(Head head)
    {
        ConfusionMatrix matrix = head.Details.Confusion;
        int[] classes = [.. Enumerable.Range(0, matrix.Classes)];
        var table = new Table(
            $"{head.Rows} by the {head.Name} expected and the {head.Name} answered", [Column.Text("expected"), .. classes.Select(one => new Column(Name(one)))]);
        foreach (int expected in classes)
            table.Row([Name(expected), .. classes.Select(answered => NumberText.Count(matrix[expected, answered]))]);
        return table;
    }

    private static Table ClassTable(Head head)
    {
        ConfusionMatrix matrix = head.Details.Confusion;
        string[] columns = [head.Name, "precision", "recall", $"{head.Rows} expected", $"{head.Rows} answered"];
        var table = new Table($"precision and recall of each {head.Name}", [.. columns.Select(column => new Column(column))]);
        for (int one = 0; one < matrix.Classes; one++)
        {
            table.Row(
                Name(one),
                NumberText.Percent(matrix.Precision(one)),
                NumberText.Percent(matrix.Recall(one)),
                NumberText.Count(matrix.Expected(one)),
                NumberText.Count(matrix.Answered(one)));
        }

        return table;
    }

    private static Table CalibrationTable(Head head)
    {
        string[] columns = ["probability above", "up to", head.Rows, "mean probability", "right"];
        var table = new Table($"answers by the {head.Name}'s probability", [.. columns.Select(column => new Column(column))]);
        foreach (CalibrationBin bin in head.Details.Calibration.Bins)
        {
            bool empty = bin.Rows == 0;
            table.Row(
                NumberText.Percent(bin.From),
                NumberText.Percent(bin.To),
                NumberText.Count(bin.Rows),
                empty ? NumberText.None : NumberText.Percent(bin.MeanConfidence),
                empty ? NumberText.None : NumberText.Percent(bin.Accuracy));
        }

        return table;
    }

    private static string Name(int one) => one.ToString(CultureInfo.InvariantCulture);
}
