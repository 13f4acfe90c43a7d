using MnistAdder.Serving;
using MnistAdder.Training.Export;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Report.Page;
using MnistAdder.Training.Report.Pictures;
using MnistAdder.Training.Weights;

namespace MnistAdder.Training.Report;

/// <summary>The folder that a run leaves its files in; each appears whole or not at all.</summary>
internal sealed class OutputFolder(string path)
{
    private readonly string _zipPath = Path.Combine(path, "model.zip");

    /// <summary>The model for serving.</summary>
    public string ModelPath { get; } = Path.Combine(path, "model.onnx");

    /// <summary>What resuming needs.</summary>
    public CheckpointFolder Checkpoints { get; } = new(Path.Combine(path, "checkpoint"));

    /// <summary>Writes all that a finished run leaves; the models come last, when everything else is there.</summary>
    /// <param name="run">Its figures.</param>
    /// <param name="model">What it exported.</param>
    /// <param name="network">The trained network.</param>
    /// <param name="showsGallery">Whether the mistaken images may be in the report.</param>
    public void Write(RunSummary run, VerifiedModel model, DigitSumNetwork network, bool showsGallery)
    {
        var report = RunReport.Of(run, network, showsGallery);
        NetworkWeights.Save(Path.Combine(path, "weights.safetensors"), network);
        AtomicFile.WriteText(Path.Combine(path, "metrics.json"), MetricsJson.Write(run));
        AtomicFile.WriteText(Path.Combine(path, "history.csv"), HistoryCsv.Write(run.History));
        foreach (Picture picture in report.Pictures())
            AtomicFile.WriteText(Path.Combine(path, $"{picture.Name}.svg"), picture.ToFileText());
        AtomicFile.WriteText(Path.Combine(path, "report.html"), ReportPage.Write(report));
        AtomicFile.Write(ModelPath, stream => stream.Write(model.Bytes));
        DigitSumModel.SaveZip(ModelPath, _zipPath);
    }

    /// <summary>Removes a model that an earlier run left, so that nobody takes it for this run's.</summary>
    public void RemoveModel()
    {
        File.Delete(ModelPath);
        File.Delete(_zipPath);
    }
}
