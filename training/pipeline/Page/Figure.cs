using System.Xml.Linq;
using MnistAdder.Training.Page.Pictures;

namespace MnistAdder.Training.Page;

/// <summary>A picture of the page with how to read it and its numbers as a table.</summary>
internal static class Figure
{
    // A picture wider than this would be illegible as wide as a phone: it keeps its width and scrolls.
    private const double NarrowWidth = 460;

    /// <summary>The picture with its table closed below it.</summary>
    public static XElement Show(Picture picture, Table table) => Draw(picture, table.ToDetails());

    /// <summary>The picture with its table open beside it.</summary>
    public static XElement ShowBeside(Picture picture, Table table) => Html.Columns(Draw(picture), table.ToElement());

    private static XElement Draw(Picture picture, params object[] below)
    {
        XElement drawing = picture.ToElement();
        return Html.Element(
            "figure",
            Html.Class(picture.Width > NarrowWidth ? "wide" : "narrow"),
            picture.Width > NarrowWidth ? Html.ScrollBox(picture.Title, drawing) : drawing,
            Html.Element("figcaption", picture.Description),
            below);
    }
}
