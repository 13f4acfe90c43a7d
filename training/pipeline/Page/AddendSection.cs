using System.Globalization;
using System.Xml.Linq;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Page.Plots;

namespace MnistAdder.Training.Page;

/// <summary>Whether some numbers are harder to add than others.</summary>
internal static class AddendSection
{
    public static XElement Write(ReportContent report)
    {
        EvaluationDetails details = report.Run.Details;
        var table = new Table("sum accuracy by addend", new Column("addend"), new Column("right sums"));
        for (int addend = 0; addend < details.SumAccuracyByAddend.Count; addend++)
            table.Row(addend.ToString(CultureInfo.InvariantCulture), NumberText.Percent(details.SumAccuracyByAddend[addend]));
        return Html.Section("addends", "Sum by addend", Figure.ShowBeside(AddendPlot.Draw(details), table));
    }
}
