using System.Xml.Linq;

namespace MnistAdder.Training.Page.Plots;

/// <summary>
/// The computation graph in the followed work's colours: parameters blue, operations grey, and green the total loss, where
/// back-propagation starts.
/// </summary>
internal static class GraphPlot
{
    private const double RowHeight = 34, BoxHeight = 24, Top = 66, Gap = 18, NodeWidth = 196, MiddleGap = 56;
    private const double Arrow = 6;

    public static Plot Draw(ComputationGraph graph)
    {
        double height = Top + (RowHeight * (graph.Nodes.Max(node => node.Row) + 1)) + Gap;
        XElement[] content =
        [
            Svg.Text(Gap, 20, "start", "heading", "Computation graph of a training step"),
            .. Legend(),
            .. graph.Nodes.SelectMany(node => node.Inputs.SelectMany(input => Edge(input, node))),
            .. graph.Nodes.Select(node => Box(Left(node.Column), TopOf(node), NodeWidth, node.Kind, node.Text)),
        ];
        return new Plot(
            "graph",
            "Computation graph of a training step",
            "Boxes joined by arrows in the order of computation, the image branch on the left and the adder on the right: parameters blue, operations grey, "
            + "data of the batch white, and green the total loss, where back-propagation starts.",
            Left(GraphColumn.AdderParameters) + NodeWidth + Gap,
            height,
            content);
    }

    private static double Left(GraphColumn column) =>
        Gap + ((int)column * (NodeWidth + Gap)) + (column >= GraphColumn.Adder ? MiddleGap - Gap : 0);

    private static double TopOf(GraphNode node) => Top + (node.Row * RowHeight);

    private static XElement Box(double left, double top, double width, GraphNodeKind kind, string text)
    {
        XElement box = Svg.Rectangle(left, top, width, BoxHeight, $"node node-{kind.ToString().ToLowerInvariant()}");
        box.Add(new XAttribute("rx", 4));
        return Svg.Element("g", [("class", "box")], box, Svg.Text(left + (width / 2), top + 16, "middle", "node-text", text));
    }

    private static IEnumerable<XElement> Legend()
    {
        (GraphNodeKind Kind, string Text, double Width)[] entries =
        [
            (GraphNodeKind.Parameter, "parameters", 92), (GraphNodeKind.Operation, "operations", 92), (GraphNodeKind.Input, "data of the batch", 120),
            (GraphNodeKind.Loss, "back-propagation starts here", 184),
        ];
        double left = Gap;
        foreach ((GraphNodeKind kind, string text, double width) in entries)
        {
            yield return Box(left, 30, width, kind, text);
            left += width + 10;
        }
    }

    private static XElement[] Edge(GraphNode from, GraphNode to)
    {
        double fromLeft = Left(from.Column), toLeft = Left(to.Column);
        double fromMiddle = TopOf(from) + (BoxHeight / 2), toMiddle = TopOf(to) + (BoxHeight / 2);
        if (from.Column == to.Column && from.Row + 1 < to.Row)
        {
            // Past what stands between the two.
            double side = toLeft + NodeWidth;
            return Draw(FormattableString.Invariant($"M{side},{fromMiddle} H{side + Gap} V{toMiddle} H{side}"), side, toMiddle, -1, 0);
        }

        if (from.Column == to.Column)
        {
            double x = toLeft + (NodeWidth / 2);
            return Draw(FormattableString.Invariant($"M{x},{TopOf(from) + BoxHeight} V{TopOf(to)}"), x, TopOf(to), 0, 1);
        }

        bool fromTheRight = fromLeft > toLeft;
        double start = fromTheRight ? fromLeft : fromLeft + NodeWidth, end = fromTheRight ? toLeft + NodeWidth : toLeft;
        double between = toLeft - (MiddleGap / 2);
        string path = from.Row == to.Row
            ? FormattableString.Invariant($"M{start},{fromMiddle} H{end}")
            : FormattableString.Invariant($"M{start},{fromMiddle} H{between} V{toMiddle} H{end}");
        return Draw(path, end, toMiddle, fromTheRight ? -1 : 1, 0);
    }

    // A line that ends in an arrowhead at (x, y) pointing towards (dx, dy).
    private static XElement[] Draw(string path, double x, double y, double dx, double dy)
    {
        double footX = x - (Arrow * dx), footY = y - (Arrow * dy), asideX = Arrow / 2 * dy, asideY = Arrow / 2 * dx;
        string head = FormattableString.Invariant($"M{x},{y} L{footX - asideX},{footY - asideY} L{footX + asideX},{footY + asideY} z");
        return [Svg.Element("path", [("d", path), ("class", "edge")]), Svg.Element("path", [("d", head), ("class", "arrow")])];
    }
}
