using System.Xml.Linq;
using MnistAdder.Training.Page.Plots;

namespace MnistAdder.Training.Page;

/// <summary>A plot of the page with how to read it and its numbers as a table.</summary>
internal static class Figure
{
    // A plot wider than this would be illegible as wide as a phone: it keeps its width and scrolls.
    private const double NarrowWidth = 460;

    /// <summary>The plot with its table closed below it.</summary>
    public static XElement Show(Plot plot, Table table) => Draw(plot, table.ToDetails());

    /// <summary>The plot with its table open beside it.</summary>
    public static XElement ShowBeside(Plot plot, Table table) => Html.Columns(Draw(plot), table.ToElement());

    private static XElement Draw(Plot plot, params object[] below)
    {
        XElement drawing = plot.ToElement();
        return Html.Element(
            "figure",
            Html.Class(plot.Width > NarrowWidth ? "wide" : "narrow"),
            plot.Width > NarrowWidth ? Html.ScrollBox(plot.Title, drawing) : drawing,
            Html.Element("figcaption", plot.Description),
            below);
    }
}
