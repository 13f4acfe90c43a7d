using MnistAdder.Training.Devices;
using MnistAdder.Training.Recipes;
using TorchSharp;

namespace MnistAdder.Training.Tests.Fit;

[Collection(TorchGenerator.Tests)]
public sealed class CudaTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [RunsOnCuda]
    public void The_first_gpu_multiplies_rightly_and_is_described()
    {
        ComputeDevice device = ComputeDevice.Open(DeviceChoice.Auto, threads: 1);

        Assert.Equal(("cuda", DeviceType.CUDA, null), (device.Kind, device.Device.type, device.Fallback));
        Assert.EndsWith(" GiB", device.Report.Memory, StringComparison.Ordinal);
        Assert.StartsWith("CUDA 1", device.Report.Driver, StringComparison.Ordinal);
        Assert.EndsWith("cuDNN available", device.Report.Driver, StringComparison.Ordinal);
    }

    [RunsOnCuda]
    public void Every_recipe_trains_on_a_gpu_and_leaves_a_checked_model()
    {
        foreach (Recipe recipe in Recipe.All)
        {
            DigitSumTrainer trainer = _run.Trainer(recipe.Name, options => options with { Recipe = recipe, Device = DeviceChoice.Cuda });
            _run.Fit(trainer);

            Assert.Equal("cuda", trainer.Summary!.Settings.Device);
            Assert.True(trainer.Summary.Verification.GreatestDifference <= 1e-4);
            Assert.True(File.Exists(_run[$"{recipe.Name}/model.onnx"]));
        }
    }

    [RunsOnCuda]
    public void A_run_on_a_gpu_is_resumed()
    {
        HyperParameters small = new(Epochs: 3, BatchSize: 2, LearningRate: 0.01, Momentum: 0.9);
        DigitSumTrainerOptions Options(DigitSumTrainerOptions options) => options with { HyperParameters = small, Device = DeviceChoice.Cuda };
        using var interruption = new TinyRun.Interruption(epoch: 2);
        Assert.Throws<OperationCanceledException>(() => _run.Fit(_run.Trainer("run", options => Options(options) with { Observer = interruption, Cancellation = interruption.Token })));

        DigitSumTrainer resumed = _run.Trainer("run", options => Options(options) with { Resume = true });
        _run.Fit(resumed);

        Assert.Equal([1, 2, 3], resumed.Summary!.History.Select(one => one.Epoch));
    }
}
