using System.Globalization;
using System.Xml.Linq;
using MnistAdder.Training.Data;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Page.Plots;

namespace MnistAdder.Training.Page;

/// <summary>The images that were answered worst, with what was seen and what was expected.</summary>
internal static class MistakesSection
{
    public static XElement Write(ReportContent report)
    {
        EvaluationDetails details = report.Run.Details;
        string set = report.Run.Metadata.EvaluatedOn;
        string first = string.Create(
            CultureInfo.InvariantCulture,
            $"{NumberText.Count(details.MistakenImages)} of {NumberText.Count(details.Digit.Confusion.Total)} {set} images had a wrong digit or at least one wrong sum. ");
        if (details.MistakenImages == 0)
            return Section(Html.Paragraph(first));

        string order = $"The worst {details.WorstMistakes.Count} are listed here: first those where a wrong answer left the right one the least probability. "
            + "Images are counted from 0.";
        XElement introduction = Html.Paragraph(first + order);
        Table table = Table(details.WorstMistakes);
        return report.ShowsGallery
            ? Section(
                introduction,
                Html.Paragraph("Below each verdict stand the probabilities of the answer and of the right class."),
                Html.Element("ol", Html.Class("gallery"), details.WorstMistakes.Select(mistake => Card(mistake, set))),
                table.ToDetails())
            : Section(
                introduction,
                Html.Paragraph(Html.Class("note"), $"The pictures were left out (--no-gallery): not every set of images may be published wherever this report may."),
                table.ToElement());
    }

    private static XElement Section(params object?[] content) => Html.Section("mistakes", "Worst mistakes", content);

    private static XElement Card(Mistake mistake, string set)
    {
        string seen = string.Create(CultureInfo.InvariantCulture, $"{set} image {mistake.Index}: a {mistake.Label}, read as {mistake.Digit.Class}");
        return Html.Element(
            "li",
            Html.Element(
                "img",
                new XAttribute("src", $"data:image/png;base64,{Convert.ToBase64String(GreyPng.Encode(mistake.Image.Span, MnistGeometry.Side))}"),
                new XAttribute("width", 4 * MnistGeometry.Side),
                new XAttribute("height", 4 * MnistGeometry.Side),
                new XAttribute("alt", seen)),
            Html.Element("span", Html.Class("verdict"), Digit(mistake)),
            Html.Element("span", Probability(mistake.Digit, mistake.Label)),
            Html.Element("span", Html.Class("verdict"), Sum(mistake)),
            mistake.WorstSum is { } sum ? Html.Element("span", Probability(sum.Answer, mistake.Label + sum.Addend)) : null,
            Html.Element("span", Html.Class("place"), string.Create(CultureInfo.InvariantCulture, $"{set} image {mistake.Index}")));
    }

    private static string Digit(Mistake mistake) => mistake.IsDigitWrong
        ? string.Create(CultureInfo.InvariantCulture, $"expected {mistake.Label}, seen {mistake.Digit.Class}")
        : string.Create(CultureInfo.InvariantCulture, $"{mistake.Label}, seen correctly");

    private static string Sum(Mistake mistake) => mistake.WorstSum is { } sum
        ? string.Create(CultureInfo.InvariantCulture, $"{mistake.Label} + {sum.Addend} = {mistake.Label + sum.Addend}, got {sum.Answer.Class}")
        : "every sum right";

    private static string Probability(Answer answer, int right) => answer.Class == right
        ? string.Create(CultureInfo.InvariantCulture, $"{right}: {NumberText.Probability(answer.Probability)}")
        : string.Create(CultureInfo.InvariantCulture, $"{answer.Class}: {NumberText.Probability(answer.Probability)}, {right}: {NumberText.Probability(answer.RightProbability)}");

    private static Table Table(IReadOnlyList<Mistake> mistakes)
    {
        var table = new Table(
            "worst mistakes",
            new Column("image"), new Column("expected digit"), new Column("seen"), new Column("its probability"), new Column("of the expected"),
            new Column("wrong sums of 10"), Column.Text("worst sum"), new Column("its probability"), new Column("of the expected"));
        foreach (Mistake mistake in mistakes)
        {
            table.Row(
            [
                Name(mistake.Index), Name(mistake.Label), Name(mistake.Digit.Class), NumberText.Probability(mistake.Digit.Probability), NumberText.Probability(mistake.Digit.RightProbability),
                Name(mistake.WrongSums), .. mistake.WorstSum is { } sum
                    ? (string[])[Sum(mistake), NumberText.Probability(sum.Answer.Probability), NumberText.Probability(sum.Answer.RightProbability)]
                    : [NumberText.None, NumberText.None, NumberText.None],
            ]);
        }

        return table;

        static string Name(int value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
