using MnistAdder.Serving;
using MnistAdder.Training.Checkpoints;
using MnistAdder.Training.Export;
using MnistAdder.Training.Network;
using MnistAdder.Training.Page;
using MnistAdder.Training.Page.Plots;
using MnistAdder.Training.Results;
using MnistAdder.Training.Weights;

namespace MnistAdder.Training.Output;

/// <summary>The folder that a run leaves its files in; each appears whole or not at all.</summary>
internal sealed class OutputFolder(string path)
{
    private readonly string _zipPath = Path.Combine(path, "model.zip");
    private readonly string _weightsPath = Path.Combine(path, "weights.safetensors");
    private readonly string _metricsPath = Path.Combine(path, "metrics.json");
    private readonly string _reportPath = Path.Combine(path, "report.html");

    /// <summary>The folder.</summary>
    public string Folder => path;

    /// <summary>The model for serving.</summary>
    public string ModelPath { get; } = Path.Combine(path, "model.onnx");

    /// <summary>Whether a run, or an import or export, has left a model here, or its weights.</summary>
    public bool HasModel => File.Exists(ModelPath) || File.Exists(_zipPath) || File.Exists(_weightsPath);

    /// <summary>Whether a run has left its report or figures here.</summary>
    public bool HasReport => File.Exists(_metricsPath) || File.Exists(_reportPath);

    /// <summary>What resuming needs.</summary>
    public CheckpointFolder Checkpoints { get; } = new(Path.Combine(path, "checkpoint"));

    /// <summary>Whether the model here, with its weights, is there as a whole and of these weights.</summary>
    /// <param name="weights">The state dict's tensors.</param>
    public bool HoldsModel(IReadOnlyList<SafetensorsTensor> weights)
    {
        // The zip is the last that is written.
        if (!File.Exists(_zipPath) || !File.Exists(ModelPath) || !File.Exists(_weightsPath))
            return false;
        try
        {
            Dictionary<string, SafetensorsTensor> here = SafetensorsFile.Read(_weightsPath).Tensors.ToDictionary(tensor => tensor.Name);
            return here.Count == weights.Count && weights.All(tensor => here.TryGetValue(tensor.Name, out SafetensorsTensor? own) && own.IsSame(tensor));
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Writes all that a finished run leaves; the models come last, when everything else is there.</summary>
    /// <param name="run">Its figures.</param>
    /// <param name="model">What it exported.</param>
    /// <param name="network">The trained network.</param>
    /// <param name="origin">Where its weights come from.</param>
    /// <param name="showsGallery">Whether the mistaken images may be in the report.</param>
    public void Write(RunSummary run, VerifiedModel model, DigitSumNetwork network, ModelOrigin origin, bool showsGallery)
    {
        var report = ReportContent.Of(run, network, showsGallery);
        AtomicFile.WriteText(_metricsPath, MetricsJson.Write(run));
        AtomicFile.WriteText(Path.Combine(path, "history.csv"), HistoryCsv.Write(run.History));
        foreach (Plot picture in report.Plots())
            AtomicFile.WriteText(Path.Combine(path, $"{picture.Name}.svg"), picture.ToFileText());
        AtomicFile.WriteText(_reportPath, ReportPage.Write(report));
        WriteModel(model, network, origin);
    }

    /// <summary>Writes a model with its weights, and no report.</summary>
    /// <param name="model">The model.</param>
    /// <param name="network">The network that it was exported from.</param>
    /// <param name="origin">Where its weights come from.</param>
    public void WriteModel(VerifiedModel model, DigitSumNetwork network, ModelOrigin origin)
    {
        NetworkWeights.Save(_weightsPath, network, origin);
        AtomicFile.Write(ModelPath, stream => stream.Write(model.Bytes));
        DigitSumModel.SaveZip(ModelPath, _zipPath);
    }

    /// <summary>Removes what a run that was killed left half-written.</summary>
    public void RemoveAbandoned()
    {
        AtomicFile.RemoveAbandonedIn(path, "weights.safetensors", "metrics.json", "history.csv", "*.svg", "report.html", "model.onnx", "model.zip");
        Checkpoints.RemoveAbandoned();
    }

    /// <summary>Removes a model that an earlier run left, so that nobody takes it for this run's.</summary>
    public void RemoveModel()
    {
        File.Delete(AtomicFile.TargetOf(ModelPath));
        File.Delete(AtomicFile.TargetOf(_zipPath));
    }
}
