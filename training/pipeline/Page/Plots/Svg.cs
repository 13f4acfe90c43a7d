using System.Globalization;
using System.Xml.Linq;

namespace MnistAdder.Training.Page.Plots;

/// <summary>Elements of SVG 1.1, with numbers in the invariant culture.</summary>
internal static class Svg
{
    public static readonly XNamespace Namespace = "http://www.w3.org/2000/svg";

    /// <summary>An element with attributes; numbers among them have at most two decimals.</summary>
    public static XElement Element(string name, (string Name, object Value)[] attributes, params object[] content) =>
        new(Namespace + name, attributes.Select(one => new XAttribute(one.Name, Text(one.Value))), content);

    /// <summary>A line of text.</summary>
    /// <param name="x">Where its anchor stands.</param>
    /// <param name="y">Its baseline.</param>
    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    /// <param name="style">Its classes in the style sheet.</param>
    /// <param name="text">The text.</param>
    public static XElement Text(double x, double y, string anchor, string style, string text) =>
        Element("text", [("x", x), ("y", y), ("text-anchor", anchor), ("class", style)], text);

    public static XElement Line(double x1, double y1, double x2, double y2, string style) =>
        Element("line", [("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2), ("class", style)]);

    public static XElement Rectangle(double x, double y, double width, double height, string style, params object[] content) =>
        Element("rect", [("x", x), ("y", y), ("width", width), ("height", height), ("class", style)], content);

    /// <summary>What a browser shows where the pointer rests.</summary>
    public static XElement Tip(string text) => Element("title", [], text);

    private static string Text(object value) => value switch
    {
        double number => number.ToString("0.##", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };
}

/// <summary>How much room text needs, whatever the reader's font.</summary>
internal static class TextWidth
{
    // DejaVu Sans, the widest of the fonts in plot.css, in units for text of 12 units' height.
    private const double Character = 7;

    /// <summary>An upper bound of the width of a line of text, in a plot's units.</summary>
    public static double Of(string text) => text.Length * Character;
}
