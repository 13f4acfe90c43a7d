using System.Globalization;
using System.Xml.Linq;

namespace MnistAdder.Training.Page.Plots;

/// <summary>A chart of points and lines over two axes.</summary>
/// <param name="Name">Its file's name without extension.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Description">How to read it.</param>
/// <param name="Horizontal">The axis from left to right.</param>
/// <param name="Vertical">The axis from bottom to top.</param>
/// <param name="Series">What is drawn, in the order of the legend.</param>
internal sealed record Chart(string Name, string Title, string Description, Axis Horizontal, Axis Vertical, IReadOnlyList<Series> Series)
{
    // Narrow, so that text is legible where the chart is as wide as a phone.
    private const double Width = 390, FrameHeight = 215, Left = 54, Right = 12, TitleHeight = 26, LegendRow = 18, Bottom = 44;
    private const double TickLength = 5, MarkerRadius = 3, LegendSwatch = 22;

    /// <summary>Draws it.</summary>
    public Plot Draw()
    {
        int perRow = SeriesPerLegendRow();
        double top = TitleHeight + ((Series.Count + perRow - 1) / perRow * LegendRow) + 10;
        var frame = new Frame(this, Left, top, Width - Right, top + FrameHeight);
        XElement[] content =
        [
            Svg.Text(Left, 18, "start", "heading", Title),
            .. Series.Select((one, index) => LegendEntry(one, Left + (index % perRow * (Width - Left) / perRow), TitleHeight + (((index / perRow) + 1) * LegendRow) - 5)),
            .. frame.Grid(),
            .. Series.SelectMany(frame.Draw),
        ];
        return new Plot(Name, Title, Description, Width, top + FrameHeight + Bottom, content);
    }

    // As many as have room, and no row much shorter than the others.
    private int SeriesPerLegendRow()
    {
        double widest = LegendSwatch + 14 + Series.Max(one => TextWidth.Of(one.Name));
        int most = Math.Max(1, (int)((Width - Left) / widest));
        int rows = (Series.Count + most - 1) / most;
        return (Series.Count + rows - 1) / rows;
    }

    private static XElement LegendEntry(Series series, double x, double y) => Svg.Element(
        "g",
        [("class", $"legend {series.Style}")],
        [
            .. series.IsJoined ? [Svg.Line(x, y - 4, x + LegendSwatch, y - 4, "curve")] : Array.Empty<XElement>(),
            .. series.Marker == Marker.None ? [] : new[] { Mark(series.Marker, x + (LegendSwatch / 2), y - 4) },
            Svg.Text(x + LegendSwatch + 6, y, "start", "label", series.Name),
        ]);

    private static XElement Mark(Marker marker, double x, double y, params object[] content) => marker switch
    {
        Marker.Diamond => Svg.Element(
            "path", [("d", FormattableString.Invariant($"M{x:0.##},{y - 4.2:0.##} l4.2,4.2 l-4.2,4.2 l-4.2,-4.2 z")), ("class", "marker hollow")], content),
        _ => Svg.Element("circle", [("cx", x), ("cy", y), ("r", MarkerRadius), ("class", "marker")], content),
    };

    /// <summary>The rectangle between the axes.</summary>
    private readonly record struct Frame(Chart Chart, double Left, double Top, double Right, double Bottom)
    {
        public IEnumerable<XElement> Grid()
        {
            foreach (Tick tick in Chart.Vertical.Ticks)
            {
                double y = Y(tick.Value);
                yield return Svg.Line(Left, y, Right, y, "grid");
                yield return Svg.Text(Left - 7, y + 4, "end", "tick vertical", tick.Label);
            }

            foreach (Tick tick in Chart.Horizontal.Ticks)
            {
                double x = X(tick.Value);
                yield return Svg.Line(x, Bottom, x, Bottom + TickLength, "axis");
                yield return Svg.Text(x, Bottom + 18, "middle", "tick horizontal", tick.Label);
            }

            yield return Svg.Line(Left, Bottom, Right, Bottom, "axis");
            yield return Svg.Text((Left + Right) / 2, Bottom + 37, "middle", "quantity", Chart.Horizontal.Title);
            XElement vertical = Svg.Text(0, 0, "middle", "quantity", Chart.Vertical.Title);
            vertical.Add(new XAttribute("transform", FormattableString.Invariant($"translate(13,{(Top + Bottom) / 2:0.##}) rotate(-90)")));
            yield return vertical;
        }

        public IEnumerable<XElement> Draw(Series series)
        {
            Frame frame = this;
            var group = Svg.Element("g", [("class", $"series {series.Style}")]);
            if (series.IsJoined)
                group.Add(Svg.Element("polyline", [("points", string.Join(' ', series.Points.Select(frame.Coordinates))), ("class", "curve")]));
            foreach (Point point in series.Points.Where(_ => series.Marker != Marker.None))
            {
                if (point.Interval is { } interval)
                    group.Add(Svg.Line(X(point.X), Y(interval.Low), X(point.X), Y(interval.High), "interval"));
                group.Add(Mark(series.Marker, X(point.X), Y(point.Y), Svg.Tip($"{series.Name}, {point.Tip}")));
            }

            return [group];
        }

        private string Coordinates(Point point) => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):0.##},{Y(point.Y):0.##}");

        private double X(double value) => Left + (Chart.Horizontal.Place(value) * (Right - Left));

        private double Y(double value) => Bottom - (Chart.Vertical.Place(value) * (Bottom - Top));
    }
}

/// <summary>Points that belong together.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Style">Its classes in <c>frame.css</c>.</param>
/// <param name="Points">From left to right.</param>
/// <param name="IsJoined">Whether a line goes through the points.</param>
/// <param name="Marker">What stands at each point.</param>
internal sealed record Series(string Name, string Style, IReadOnlyList<Point> Points, bool IsJoined = true, Marker Marker = Marker.Circle);

/// <summary>A point of a series.</summary>
/// <param name="X">Its value on the horizontal axis.</param>
/// <param name="Y">Its value on the vertical axis.</param>
/// <param name="Tip">The point in words.</param>
/// <param name="Interval">Bounds of a confidence interval of <paramref name="Y"/>.</param>
internal sealed record Point(double X, double Y, string Tip, (double Low, double High)? Interval = null);

/// <summary>What stands at a point.</summary>
internal enum Marker
{
    None,
    Circle,
    Diamond,
}
