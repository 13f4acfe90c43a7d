using System.Globalization;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp.Modules;
using TorchSharp.Utils.tensorboard.Enums;
using static TorchSharp.torch;

namespace MnistAdder.Training.Output;

/// <summary>A run as TensorBoard shows it: the step is the epoch.</summary>
/// <param name="folder">The folder of the event files; it is made where it is missing.</param>
internal sealed class TensorBoardEvents(string folder) : ITrainingObserver
{
    private readonly SummaryWriter _writer = utils.tensorboard.SummaryWriter(folder);

    private string _judgedOn = "";

    public void Starting(RunSettings settings, DeviceReport device, IReadOnlyList<LayerRow> layers) => _judgedOn = settings.JudgedOn.Replace(' ', '_');

    /// <summary>Writes losses, accuracies, the learning rate, and a histogram of each parameter.</summary>
    public void EpochEnded(EpochResult result, DigitSumNetwork network)
    {
        // There is no histogram of weights that are no numbers, and the run ends here.
        if (!double.IsFinite(result.Training.Loss) || !double.IsFinite(result.Test?.Loss ?? 0))
            return;
        AddScores("training", result.Training, result.Epoch);
        if (result.Test is { } test)
            AddScores(_judgedOn, test, result.Epoch);
        Add("learning_rate", result.LearningRate, result.Epoch);

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // PyTorch's default bins; TorchSharp 0.107 throws with Doane's, whose counts come back as Int32.
        foreach ((string name, Parameter parameter) in network.named_parameters())
            _writer.add_histogram(name, parameter.detach().cpu(), result.Epoch, HistogramBinSelector.Tensorflow, Now());
    }

    public void Note(string line)
    {
    }

    /// <summary>Writes the images that were answered worst, the worst one first.</summary>
    /// <param name="mistakes">The images.</param>
    /// <param name="epoch">The epoch that the answers are from.</param>
    public void AddMistakes(IReadOnlyList<Mistake> mistakes, int epoch)
    {
        for (int i = 0; i < mistakes.Count; i++)
        {
            using var scope = NewDisposeScope();
            Mistake mistake = mistakes[i];
            Tensor image = tensor(mistake.Image.ToArray()).view(MnistGeometry.Side, MnistGeometry.Side);
            string tag = string.Create(CultureInfo.InvariantCulture, $"mistakes/{i + 1:00}_image_{mistake.Index}_expected_{mistake.Label}_seen_{mistake.Digit.Class}");
            _writer.add_img(tag, image, epoch, Now(), "HW");
        }
    }

    private void AddScores(string rows, HeadScores scores, int epoch)
    {
        Add($"loss/digit_{rows}", scores.DigitLoss, epoch);
        Add($"loss/sum_{rows}", scores.SumLoss, epoch);
        Add($"accuracy/digit_{rows}", scores.DigitAccuracy, epoch);
        Add($"accuracy/sum_{rows}", scores.SumAccuracy, epoch);
    }

    private void Add(string tag, double value, int epoch) => _writer.add_scalar(tag, (float)value, epoch, Now());

    // TensorBoard expects seconds since 1970. TorchSharp's writer takes them as a float, whose steps are 128 seconds by now: the
    // order of events is that of their epochs. To see whether that has gone: the type of walltime in its SummaryWriter.
    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeSeconds();
}
