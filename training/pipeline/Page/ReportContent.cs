using MnistAdder.Training.Network;
using MnistAdder.Training.Page.Plots;
using MnistAdder.Training.Results;

namespace MnistAdder.Training.Page;

/// <summary>What <c>report.html</c> and the plots beside it show.</summary>
/// <param name="Run">The run's figures.</param>
/// <param name="Filters">The first convolution's weights, where there is one.</param>
/// <param name="Graph">The network's computation graph.</param>
/// <param name="ShowsGallery">Whether the mistaken images are in it.</param>
internal sealed record ReportContent(RunSummary Run, ConvolutionFilters? Filters, ComputationGraph Graph, bool ShowsGallery)
{
    /// <summary>The two heads' answers.</summary>
    public IReadOnlyList<Head> Heads { get; } = Head.Both(Run.Details);

    /// <summary>Reads what is needed of a network.</summary>
    public static ReportContent Of(RunSummary run, DigitSumNetwork network, bool showsGallery) =>
        new(run, ConvolutionFilters.First(network), ComputationGraph.Of(network), showsGallery);

    /// <summary>Every plot, in the order of the page.</summary>
    public IEnumerable<Plot> Plots() =>
    [
        CurvePlots.Loss(Run.History, Run.Metadata.EvaluatedOn),
        CurvePlots.Accuracy(Run.History, Run.Metadata.EvaluatedOn),
        .. Heads.Select(ConfusionPlot.Draw),
        .. Heads.Select(HeadPlots.Classes),
        .. Heads.Select(HeadPlots.Reliability),
        AddendPlot.Draw(Run.Details),
        .. Filters is null ? [] : new[] { FilterPlot.Draw(Filters) },
        GraphPlot.Draw(Graph),
    ];
}
