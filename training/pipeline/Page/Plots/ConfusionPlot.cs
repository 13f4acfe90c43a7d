using System.Globalization;
using System.Xml.Linq;
using MnistAdder.Training.Evaluation;

namespace MnistAdder.Training.Page.Plots;

/// <summary>A confusion matrix: a row for each right class, a column for each answer.</summary>
internal static class ConfusionPlot
{
    private const double Left = 46, Top = 72, Right = 8, Bottom = 36, Cell = 34, LegendTop = 30, LegendRow = 18;

    // The shares of a row from which a wrong answer's colour is a step stronger.
    private static readonly double[] Steps = [0, 0.001, 0.01, 0.1];

    public static Plot Draw(Head head)
    {
        ConfusionMatrix matrix = head.Details.Confusion;
        double side = matrix.Classes * Cell;
        XElement rowTitle = Svg.Text(0, 0, "middle", "quantity", "expected");
        rowTitle.Add(new XAttribute("transform", FormattableString.Invariant($"translate(14,{Top + (side / 2):0.##}) rotate(-90)")));
        XElement[] content =
        [
            Svg.Text(Left, 18, "start", "heading", $"Confusion matrix of the {head.Name}"),
            .. Legend(),
            Svg.Rectangle(Left, Top, side, side, "field"),
            .. Enumerable.Range(0, matrix.Classes).SelectMany(expected => Row(head, expected)),
            .. Enumerable.Range(0, matrix.Classes).SelectMany(one => Labels(one, side)),
            rowTitle,
            Svg.Text(Left + (side / 2), Top + side + 30, "middle", "quantity", "answered"),
        ];
        return new Plot(
            $"confusion-{head.Name}",
            $"Confusion matrix of the {head.Name}",
            $"How many {head.Rows} of each {head.Name} (row) were answered with each {head.Name} (column); right answers stand on the diagonal. An empty place is 0. "
            + "The colour of a wrong answer is the stronger, the greater its share of the row.",
            Left + side + Right,
            Top + side + Bottom,
            content);
    }

    private static IEnumerable<XElement> Row(Head head, int expected)
    {
        ConfusionMatrix matrix = head.Details.Confusion;
        for (int answered = 0; answered < matrix.Classes; answered++)
        {
            int count = matrix[expected, answered];
            if (count == 0)
                continue;
            double share = count / (double)matrix.Expected(expected);
            string style = expected == answered ? "right" : $"wrong-{Steps.Count(step => share >= step)}";
            double x = Left + (answered * Cell), y = Top + (expected * Cell);
            yield return Svg.Element(
                "g",
                [],
                Svg.Tip($"expected {expected}, answered {answered}: {NumberText.Count(count)} of {NumberText.Count(matrix.Expected(expected))} {head.Rows}, {NumberText.Percent(share)}"),
                Svg.Rectangle(x + 0.5, y + 0.5, Cell - 1, Cell - 1, $"cell {style}"),
                Svg.Text(x + (Cell / 2), y + (Cell / 2) + 4, "middle", "cell-count", count.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static IEnumerable<XElement> Labels(int one, double side)
    {
        string name = one.ToString(CultureInfo.InvariantCulture);
        yield return Svg.Text(Left - 7, Top + (one * Cell) + (Cell / 2) + 4, "end", "tick vertical", name);
        yield return Svg.Text(Left + (one * Cell) + (Cell / 2), Top + side + 15, "middle", "tick horizontal", name);
    }

    private static IEnumerable<XElement> Legend()
    {
        const string right = "right", wrong = "wrong, by its share of the row:";
        (string Style, string Text)[] shares = [("wrong-1", "< 0.1 %"), ("wrong-2", "< 1 %"), ("wrong-3", "< 10 %"), ("wrong-4", "more")];
        foreach (XElement part in Entry("right", right, Left, LegendTop))
            yield return part;
        yield return Svg.Text(Left + EntryWidth(right), LegendTop + 10, "start", "tick", wrong);
        double x = Left;
        foreach ((string style, string text) in shares)
        {
            foreach (XElement part in Entry(style, text, x, LegendTop + LegendRow))
                yield return part;
            x += EntryWidth(text);
        }
    }

    private static XElement[] Entry(string style, string text, double x, double y) =>
        [Svg.Rectangle(x, y, 11, 11, $"cell {style}"), Svg.Text(x + 16, y + 10, "start", "tick", text)];

    private static double EntryWidth(string text) => 24 + TextWidth.Of(text);
}
