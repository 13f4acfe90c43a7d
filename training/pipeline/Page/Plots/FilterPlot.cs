using System.Globalization;
using System.Xml.Linq;

namespace MnistAdder.Training.Page.Plots;

/// <summary>The first convolution's filters, each as a small field of coloured pixels.</summary>
internal static class FilterPlot
{
    private const double Width = 390, Left = 8, Top = 58, Tile = 60, Gap = 18, LabelHeight = 16;
    private const int Columns = 5, LegendSteps = 9;

    public static Plot Draw(ConvolutionFilters filters)
    {
        double greatest = filters.Weights.Max(filter => filter.Max(Math.Abs));
        int rows = (filters.Weights.Count + Columns - 1) / Columns;
        XElement[] content =
        [
            Svg.Text(Left, 18, "start", "heading", $"Filters of {filters.Layer}"),
            .. Legend(greatest),
            .. filters.Weights.SelectMany((weights, index) => Filter(filters, weights, index, greatest)),
        ];
        return new Plot(
            "filters",
            $"Filters of {filters.Layer}",
            $"The {filters.Weights.Count} filters of the first convolution, {filters.Height}×{filters.Width} weights each: what each of its channels looks for in the image. "
            + "Blue is below zero, orange above, the stronger the further from it.",
            Width,
            Top + (rows * (Tile + LabelHeight + Gap)),
            content);
    }

    private static IEnumerable<XElement> Filter(ConvolutionFilters filters, float[] weights, int index, double greatest)
    {
        double left = Left + (index % Columns * (Tile + Gap)), top = Top + (index / Columns * (Tile + LabelHeight + Gap));
        double pixel = Tile / Math.Max(filters.Width, filters.Height);
        for (int i = 0; i < weights.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, filters.Width);
            XElement tip = Svg.Tip($"filter {index + 1}, row {row + 1}, column {column + 1}: {NumberText.Number(weights[i], "0.000")}");
            yield return Pixel(left + (column * pixel), top + (row * pixel), pixel, pixel, weights[i], greatest, tip);
        }

        yield return Svg.Rectangle(left, top, filters.Width * pixel, filters.Height * pixel, "frame");
        string number = (index + 1).ToString(CultureInfo.InvariantCulture);
        yield return Svg.Text(left + (filters.Width * pixel / 2), top + (filters.Height * pixel) + 14, "middle", "tick", number);
    }

    private static IEnumerable<XElement> Legend(double greatest)
    {
        const double y = 30, width = 18, height = 12, left = Left + 44;
        yield return Svg.Text(left - 6, y + 10, "end", "tick", NumberText.Number(-greatest, "0.00"));
        for (int i = 0; i < LegendSteps; i++)
            yield return Pixel(left + (i * width), y, width, height, (2.0 * i / (LegendSteps - 1)) - 1, 1);
        yield return Svg.Rectangle(left, y, LegendSteps * width, height, "frame");
        yield return Svg.Text(left + (LegendSteps * width) + 6, y + 10, "start", "tick", NumberText.Number(greatest, "0.00"));
    }

    private static XElement Pixel(double x, double y, double width, double height, double weight, double greatest, params object[] content)
    {
        XElement pixel = Svg.Rectangle(x, y, width, height, weight < 0 ? "negative" : "positive", content);
        pixel.Add(new XAttribute("fill-opacity", NumberText.Number(Math.Abs(weight) / greatest, "0.###")));
        return pixel;
    }
}
