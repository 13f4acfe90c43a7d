using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.OnnxBatching.Tests.Reports;

/// <summary>dotnet/machinelearning#6111: a program whose package of ONNX Runtime is for the CPU, and which asks for a GPU.</summary>
public sealed class ProviderReportTests : IDisposable
{
    private const string GpuPackage = "Microsoft.ML.OnnxRuntime.Gpu";

    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public ProviderReportTests()
    {
        string? accelerator = typeof(ProviderReportTests).Assembly
            .GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "Accelerator").Value;
        Assert.SkipWhen(accelerator == "cuda", "These tests were built with -p:Accelerator=cuda.");
        _model = _folder.Write("model.onnx", TestModels.TwoInputsTwoOutputs());
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Cuda_is_an_error_that_names_the_package_which_has_it()
    {
        var inference = new InferenceOptions { Provider = ExecutionProvider.Cuda };

        var exception = Assert.Throws<InvalidOperationException>(() => new MLContext().Transforms.ApplyOnnxModelBatched(_model, inference));
        Assert.Contains(GpuPackage, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_takes_the_CPU_and_says_why()
    {
        string? said = null;
        var mlContext = new MLContext();

        AssertScores(mlContext, mlContext.Transforms.ApplyOnnxModelBatched(_model, new InferenceOptions { OnFallback = reason => said = reason }));

        Assert.Contains(GpuPackage, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_contexts_GPU_falls_back_to_the_CPU_where_the_context_allows_it()
    {
        var mlContext = new MLContext { GpuDeviceId = 0, FallbackToCpu = true };

        AssertScores(mlContext, mlContext.Transforms.ApplyOnnxModelBatched(_model));
    }

    [Fact]
    public void A_contexts_GPU_without_a_fallback_is_an_error_that_names_the_package_which_has_it()
    {
        var mlContext = new MLContext { GpuDeviceId = 0, FallbackToCpu = false };

        var exception = Assert.Throws<InvalidOperationException>(() => mlContext.Transforms.ApplyOnnxModelBatched(_model));
        Assert.Contains(GpuPackage, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_model_with_nothing_to_batch_goes_by_the_contexts_GPU_too(bool fallback)
    {
        var mlContext = new MLContext { GpuDeviceId = 0, FallbackToCpu = fallback };
        BatchedOnnxEstimator Estimator() => mlContext.Transforms.ApplyOnnxModelBatched(_model, new InferenceOptions { BatchSize = 1 });

        if (fallback)
            AssertScores(mlContext, Estimator());
        else
            Assert.Contains(GpuPackage, Assert.Throws<InvalidOperationException>(Estimator).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_saved_model_goes_by_the_GPU_of_the_context_that_loads_it(bool fallback)
    {
        var saver = new MLContext();
        using (BatchedOnnxTransformer model = saver.Transforms.ApplyOnnxModelBatched(_model).Fit(Sample.View(saver, 1)))
            saver.Model.Save(model, Sample.View(saver, 1).Schema, _folder["model.zip"]);
        var mlContext = new MLContext { GpuDeviceId = 0, FallbackToCpu = fallback };
        ITransformer Load() => BatchedOnnxModel.Load(mlContext, _folder["model.zip"]);

        if (!fallback)
        {
            Assert.Contains(GpuPackage, Assert.Throws<InvalidOperationException>(Load).Message, StringComparison.Ordinal);
            return;
        }

        using var loaded = (BatchedOnnxTransformer)Load();
        Assert.Equal(ExecutionProvider.Cpu, loaded.Session.Provider);
        Assert.Equal(5, Table.Read(loaded.Transform(Sample.View(mlContext, 5)), "total").Count);
    }

    [Fact]
    public void A_model_is_saved_in_a_context_whose_GPU_is_not_to_be_had()
    {
        var mlContext = new MLContext { GpuDeviceId = 0, FallbackToCpu = true };
        IDataView view = Sample.View(mlContext, 5);
        using (BatchedOnnxTransformer model = mlContext.Transforms.ApplyOnnxModelBatched(_model).Fit(view))
            mlContext.Model.Save(model, view.Schema, _folder["model.zip"]);

        Assert.Equal(0, mlContext.GpuDeviceId);
        Assert.NotNull(new MLContext().Model.Load(_folder["model.zip"], out _));
    }

    [Fact]
    public void Session_options_of_the_context_are_those_of_the_model()
    {
        int made = 0;
        var mlContext = new MLContext();
        mlContext.SetOnnxSessionOption(new OnnxSessionOptions
        {
            CreateSessionOptions = () =>
            {
                made++;
                return new SessionOptions();
            },
        });
        AssertScores(mlContext, mlContext.Transforms.ApplyOnnxModelBatched(_model));
        Assert.Equal(1, made);

        mlContext.SetOnnxSessionOption(new OnnxSessionOptions { OptimizedModelFilePath = _folder["optimized.onnx"] });
        AssertScores(mlContext, mlContext.Transforms.ApplyOnnxModelBatched(_model));
        Assert.True(File.Exists(_folder["optimized.onnx"]));
    }

    private static void AssertScores(MLContext mlContext, BatchedOnnxEstimator estimator)
    {
        IDataView view = Sample.View(mlContext, 5);
        using BatchedOnnxTransformer model = estimator.Fit(view);
        Assert.Equal(ExecutionProvider.Cpu, model.Session.Provider);
        Assert.Equal(5, Table.Read(model.Transform(view), "total").Count);
    }
}
