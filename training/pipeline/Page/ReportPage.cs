using System.Xml.Linq;
using MnistAdder.Training.Page.Plots;

namespace MnistAdder.Training.Page;

/// <summary><c>report.html</c>: one file with everything inside it, for light and dark and for screens of any width.</summary>
internal static class ReportPage
{
    /// <summary>The file's text: HTML that is well-formed XML, too.</summary>
    public static string Write(ReportContent report)
    {
        XElement[] sections =
        [
            SummarySection.Write(report),
            CurvesSection.Write(report),
            HeadSections.Confusion(report),
            HeadSections.Classes(report),
            HeadSections.Calibration(report),
            AddendSection.Write(report),
            MistakesSection.Write(report),
            NetworkSection.Write(report),
            EnvironmentSection.Write(report),
        ];
        string title = $"MnistAdder: recipe {report.Run.Settings.Recipe} on {report.Run.Settings.Dataset}";
        return Html.ToDocument(Html.Element(
            "html",
            new XAttribute("lang", "en"),
            Html.Element(
                "head",
                Meta(("charset", "utf-8")),
                Meta(("name", "viewport"), ("content", "width=device-width, initial-scale=1")),
                Meta(("name", "color-scheme"), ("content", "light dark")),
                // The browser itself refuses whatever isn't in this file.
                Meta(("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")),
                Html.Element("title", title),
                Html.Element("style", Plot.StyleSheet + EmbeddedText.Read("page.css"))),
            Html.Element(
                "body",
                Html.Element("header", Html.Element("h1", title), Contents(sections)),
                Html.Element("main", sections))));
    }

    private static XElement Meta(params (string Name, string Value)[] attributes) => Html.Element("meta", attributes.Select(one => new XAttribute(one.Name, one.Value)));

    private static XElement Contents(IEnumerable<XElement> sections) => Html.Element(
        "nav",
        new XAttribute("aria-label", "Contents"),
        Html.Element("ul", sections.Select(section => Html.Element(
            "li", Html.Element("a", new XAttribute("href", $"#{section.Attribute("id")!.Value}"), section.Element(Html.Namespace + "h2")!.Value)))));
}
