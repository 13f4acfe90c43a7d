using System.Text.Json;
using System.Xml.Linq;
using MnistAdder.Training.Page;
using MnistAdder.Training.Page.Plots;
using MnistAdder.Training.Results;

namespace MnistAdder.Training.Tests.Page;

/// <summary>One run for all tests that only read what it left.</summary>
public sealed class ReportedRun : IDisposable
{
    private readonly TinyRun _run = new();

    public ReportedRun()
    {
        DigitSumTrainer trainer = _run.Trainer("run", options => options with { TensorBoardFolder = _run["events"] });
        _run.Fit(trainer);
        Summary = trainer.Summary!;
        Page = XDocument.Load(_run["run/report.html"]);
        Metrics = JsonDocument.Parse(File.ReadAllText(_run["run/metrics.json"])).RootElement;
        string[][] history = [.. File.ReadAllLines(_run["run/history.csv"]).Select(line => line.Split(','))];
        History = [.. history[1..].Select(row => history[0].Zip(row).ToDictionary(pair => pair.First, pair => double.Parse(pair.Second, System.Globalization.CultureInfo.InvariantCulture)))];
    }

    internal RunSummary Summary { get; }

    public XDocument Page { get; }

    public JsonElement Metrics { get; }

    /// <summary>The rows of history.csv by column.</summary>
    public IReadOnlyList<Dictionary<string, double>> History { get; }

    public string this[string file] => _run[file];

    public void Dispose() => _run.Dispose();

    public XElement ById(string id) => Page.Descendants().Single(element => element.Attribute("id")?.Value == id);

    /// <summary>A picture of the page by its name.</summary>
    public XElement Plot(string name) => ById($"{name}-title").Parent!;

    /// <summary>The rows of the table that belongs to a picture; the first is the heading.</summary>
    public string[][] TableOf(string picture) => Rows(Plot(picture).Ancestors(Html.Namespace + "figure").Single());

    public static string[][] Rows(XElement around) =>
        [.. around.Descendants(Html.Namespace + "tr").Select(row => row.Elements().Select(field => field.Value).ToArray())];

    /// <summary>The marks of a series of a chart, read against the labels of its axis as a person would.</summary>
    /// <param name="picture">The chart's name.</param>
    /// <param name="series">The series' name in the legend.</param>
    /// <param name="scale">The labels' values on a scale on which equal distances are equal differences.</param>
    public double[] ReadSeries(string picture, string series, Func<double, double> scale)
    {
        XElement drawing = Plot(picture);
        XElement[] ticks = [.. drawing.Descendants(Svg.Namespace + "text").Where(text => text.Attribute("class")?.Value == "tick vertical")];
        double Height(XElement tick) => Number(tick.Attribute("y")!.Value) - 4;
        double Value(XElement tick) => scale(Number(tick.Value));
        double slope = (Value(ticks[^1]) - Value(ticks[0])) / (Height(ticks[^1]) - Height(ticks[0]));
        Assert.All(ticks, tick => Assert.Equal(Value(ticks[0]) + (slope * (Height(tick) - Height(ticks[0]))), Value(tick), 0.01));

        int index = Array.IndexOf(Legend(picture), series);
        XElement group = drawing.Elements(Svg.Namespace + "g").Where(one => one.Attribute("class")!.Value.StartsWith("series", StringComparison.Ordinal)).ElementAt(index);
        return [.. group.Elements(Svg.Namespace + "circle").Select(mark => Value(ticks[0]) + (slope * (Number(mark.Attribute("cy")!.Value) - Height(ticks[0]))))];
    }

    public string[] Legend(string picture) =>
        [.. Plot(picture).Elements(Svg.Namespace + "g").Where(one => one.Attribute("class")!.Value.StartsWith("legend", StringComparison.Ordinal)).Select(one => one.Value)];

    public static double Number(string text) => double.Parse(text.TrimEnd('%', ' '), System.Globalization.CultureInfo.InvariantCulture);
}
