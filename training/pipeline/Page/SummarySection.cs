using System.Globalization;
using System.Xml.Linq;
using MnistAdder.Training.Data.Sources;
using MnistAdder.Training.Page.Plots;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Results;

namespace MnistAdder.Training.Page;

/// <summary>What was trained on what, how long it took and how good it is.</summary>
internal static class SummarySection
{
    public static XElement Write(ReportContent report)
    {
        RunSummary run = report.Run;
        int images = run.Details.Digit.Confusion.Total, pairs = run.Details.Sum.Confusion.Total;
        HyperParameters numbers = run.Settings.HyperParameters;
        (string Name, string Value)[] facts =
        [
            ("Recipe", run.Settings.Recipe),
            ("Dataset", $"{run.Settings.Dataset}: {NumberText.Count(run.Settings.TrainingImages)} training images"),
            ("Evaluated on", $"{NumberText.Count(images)} {run.Metadata.EvaluatedOn} images, each with all ten addends"),
            ("Epochs", NumberText.Count(run.History.Count)),
            ("Batch size", NumberText.Count(numbers.BatchSize) + (run.Settings.HalvedBatchSize is { } half ? $", halved to {NumberText.Count(half)} where memory ran out" : "")),
            ("Optimizer", string.Create(CultureInfo.InvariantCulture, $"{run.Settings.Method.Optimizer}, learning rate {numbers.LearningRate}, momentum {numbers.Momentum}")),
            ("Augmentation", Changes(run.Settings.Method)),
            ("Seed", run.Settings.Seed.ToString(CultureInfo.InvariantCulture)),
            ("Parameters", NumberText.Count(run.Metadata.Parameters)),
            ("Device", $"{run.Device.Device}, {run.Device.Name}"),
            ("Training time", $"{Duration(run.TrainingSeconds)}, {NumberText.Count((long)Math.Round(run.ImagesPerSecond))} images/s"),
            ("Date", run.Metadata.Date.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture)),
        ];
        return Html.Section(
            "summary",
            "Summary",
            Html.Element(
                "div",
                Html.Class("headline"),
                Headline("digit", run.Metadata.DigitAccuracy, $"of {NumberText.Count(images)} {run.Metadata.EvaluatedOn} images read correctly"),
                Headline("sum", run.Metadata.SumAccuracy, $"of {NumberText.Count(pairs)} pairs of image and addend added correctly")),
            Html.Element("dl", Html.Class("facts"), facts.Select(fact => Html.Element("div", Html.Element("dt", fact.Name), Html.Element("dd", fact.Value)))),
            Html.Paragraph(
                "All figures but the curves are those of the exported model's own answers in ONNX Runtime after the last epoch; "
                + "ML.NET's evaluators, through the serving transform, find the same accuracies. "
                + $"ONNX Runtime and TorchSharp agree on all {NumberText.Count(run.Verification.Pairs)} pairs; "
                + $"their probabilities differ by at most {NumberText.Number(run.Verification.GreatestDifference, "0.0e+0")}. "
                + run.Metadata.EvaluatedOn switch
                {
                    "training" => "There was no test set: these are the images that the network was trained on.",
                    "validation" => "These images were held out of the training images, to choose settings by.",
                    _ => "This run chose nothing by the test images: what counts is the last epoch, whatever they say of it."
                        + (run.Settings.Dataset == DigitFiles.Mnist ? " While the recipe was made they were looked at in other runs, of seeds below 100." : ""),
                }));
    }

    private static XElement Headline(string head, double accuracy, string meaning) => Html.Element(
        "p",
        Html.Class($"figure-of {head}"),
        Html.Element("span", Html.Class("head"), $"{head} accuracy"),
        Html.Element("strong", new XAttribute("id", $"{head}-accuracy"), NumberText.Percent(accuracy)),
        Html.Element("span", Html.Class("meaning"), meaning));

    private static string Changes(TrainingMethod method) => method.Augmentation switch
    {
        null => "none",
        { Elastic: > 0 } => "affine and elastic",
        _ => "affine",
    } + (method is { Augmentation: not null, Variants: > 1 } ? $", the hardest of {method.Variants} versions" : "")
        + (method is { Augmentation: not null, UnchangedStatistics: true } ? "; normalised with statistics of unchanged images" : "");

    private static string Duration(double seconds) => seconds < 120
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(seconds / 60):0} min {Math.Floor(seconds % 60):00} s");
}
