using MnistAdder.Training.Network;
using MnistAdder.Training.Page.Pictures;
using MnistAdder.Training.Results;

namespace MnistAdder.Training.Page;

/// <summary>What <c>report.html</c> and the pictures beside it show.</summary>
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

    /// <summary>Every picture, in the order of the page.</summary>
    public IEnumerable<Picture> Pictures() =>
    [
        CurvePictures.Loss(Run.History, Run.Metadata.EvaluatedOn),
        CurvePictures.Accuracy(Run.History, Run.Metadata.EvaluatedOn),
        .. Heads.Select(ConfusionPicture.Draw),
        .. Heads.Select(HeadPictures.Classes),
        .. Heads.Select(HeadPictures.Reliability),
        AddendPicture.Draw(Run.Details),
        .. Filters is null ? [] : new[] { FilterPicture.Draw(Filters) },
        GraphPicture.Draw(Graph),
    ];
}
