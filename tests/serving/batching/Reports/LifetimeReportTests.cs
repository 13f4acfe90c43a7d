using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Reports;

/// <summary>What people reported of files, memory and threads. Numbers are of dotnet/machinelearning where nothing else is said.</summary>
public sealed class LifetimeReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _mlContext = new();
    private readonly byte[] _model = TestModels.TwoInputsTwoOutputs();

    public LifetimeReportTests() => _mlContext.TempFilePath = Directory.CreateDirectory(_folder["temporary"]).FullName;

    public void Dispose() => _folder.Dispose();

    // #6183, #6591 and #5766
    [Fact]
    public void A_model_from_bytes_keeps_to_the_contexts_folder_and_leaves_nothing_there()
    {
        // No other test makes files of these lengths.
        byte[] model = Padded(numbers: 10_007);
        string[] before = FilesOf(model, Path.GetTempPath());
        IDataView view = Sample.View(_mlContext, 40);

        ITransformer batched = _mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = model }).Fit(view);
        Assert.Equal(40, Table.Read(batched.Transform(view), "total").Count);
        _mlContext.Model.Save(batched, view.Schema, _folder["model.zip"]);
        Assert.Equal(before, FilesOf(model, Path.GetTempPath()));

        ((IDisposable)batched).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_mlContext.TempFilePath));
    }

    // #6183
    [Fact]
    public void An_estimator_that_is_never_fitted_leaves_no_file()
    {
        byte[] model = Padded(numbers: 10_009);
        string[] before = FilesOf(model, Path.GetTempPath());

        _ = _mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = model });

        Assert.Equal(before, FilesOf(model, Path.GetTempPath()));
        Assert.Empty(Directory.GetFileSystemEntries(_mlContext.TempFilePath));
    }

    // #5764
    [Fact]
    public void A_loaded_model_that_is_never_disposed_of_leaves_nothing()
    {
        Save(_folder["model.zip"]);

        WeakReference loaded = LoadAndForget();

        Assert.True(IsCollected(loaded), "The model is still referenced.");
        Assert.True(
            SpinWait.SpinUntil(() => Collect() && Directory.GetFileSystemEntries(_mlContext.TempFilePath).Length == 0, TimeSpan.FromSeconds(20)),
            "There is still a temporary file.");
    }

    // #5945
    [Fact]
    public void An_engine_disposed_of_twice_says_that_it_is_when_it_is_asked_again()
    {
        ITransformer model = Fit();
        var engine = _mlContext.Model.CreatePredictionEngine<Sample, Score>(model);
        Assert.Equal([1.5f * 3 + 1 + 3], engine.Predict(Sample.Of(3)).Total);

        engine.Dispose();
        engine.Dispose();
        ((IDisposable)model).Dispose();

        Assert.Throws<ObjectDisposedException>(() => engine.Predict(Sample.Of(3)));
    }

    // #5744 and #6579
    [Fact]
    public void Forty_models_loaded_asked_and_disposed_of_leave_neither_files_nor_objects()
    {
        Save(_folder["model.zip"]);

        WeakReference[] models = [.. Enumerable.Range(0, 40).Select(LoadPredictDispose)];

        Assert.Empty(Directory.GetFileSystemEntries(_mlContext.TempFilePath));
        Assert.All(models, model => Assert.True(IsCollected(model), "A model that was disposed of is still referenced."));
    }

    // #4914
    [Fact]
    public void Two_thousand_views_of_one_model_give_the_right_row_and_are_let_go()
    {
        ITransformer model = Fit();
        using var disposal = (IDisposable)model;

        WeakReference[] views = [.. Enumerable.Range(0, 2_000).Select(row => TransformOne(model, row))];

        Assert.All(views, view => Assert.True(IsCollected(view), "A view that nobody has is still referenced."));
    }

    // #421 and #4981. ML.NET doesn't support one engine for several threads; one transformer serves any number of them.
    [Fact]
    public void An_engine_for_each_thread_over_one_model_gives_every_thread_its_own_answers()
    {
        ITransformer model = Fit();
        using var disposal = (IDisposable)model;

        Parallel.For(0, 8, thread =>
        {
            var unowned = new PredictionEngineOptions { OwnsTransformer = false };
            using var engine = _mlContext.Model.CreatePredictionEngine<Sample, Score>(model, unowned);
            for (int row = thread; row < 800; row += 8)
                Assert.Equal([(1.5f * row) + 1 + (row % 7)], engine.Predict(Sample.Of(row)).Total);
        });
    }

    private ITransformer Fit() =>
        _mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = _model }).Fit(Sample.View(_mlContext, 1));

    private void Save(string path)
    {
        ITransformer model = Fit();
        using var disposal = (IDisposable)model;
        _mlContext.Model.Save(model, Sample.View(_mlContext, 1).Schema, path);
    }

    // Apart, so that no variable of the test keeps what was made.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference LoadAndForget()
    {
        ITransformer model = BatchedOnnxModel.Load(_mlContext, _folder["model.zip"]);
        Assert.Equal(40, Table.Read(model.Transform(Sample.View(_mlContext, 40)), "total").Count);
        return new WeakReference(model);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference LoadPredictDispose(int row)
    {
        ITransformer model = BatchedOnnxModel.Load(_mlContext, _folder["model.zip"]);
        using var engine = _mlContext.Model.CreatePredictionEngine<Sample, Score>(model);
        Assert.Equal([(1.5f * row) + 1 + (row % 7)], engine.Predict(Sample.Of(row)).Total);
        return new WeakReference(model);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference TransformOne(ITransformer model, int row)
    {
        IDataView scored = model.Transform(_mlContext.Data.LoadFromEnumerable([Sample.Of(row)]));
        Assert.Equal([(1.5f * row) + 1 + (row % 7)], ((object[])Table.Read(scored, "total").Single()[0]!).Cast<float>());
        return new WeakReference(scored);
    }

    private static bool IsCollected(WeakReference reference) =>
        SpinWait.SpinUntil(() => !reference.IsAlive || (Collect() && !reference.IsAlive), TimeSpan.FromSeconds(20));

    private static bool Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return true;
    }

    private static byte[] Padded(int numbers) => new TestModel()
        .Input("x", ElementType.Float, -1, 3)
        .Output("total", ElementType.Float, -1, 3)
        .Constant("padding", new float[numbers], numbers)
        .Constant("index", [0L], 1)
        .Node("Gather", ["padding", "index"], ["zero"])
        .Node("Add", ["x", "zero"], ["total"])
        .ToBytes();

    private static string[] FilesOf(byte[] model, string folder) => [.. Directory.GetFiles(folder).Where(file => IsOf(file, model.Length))];

    private static bool IsOf(string file, long length)
    {
        var info = new FileInfo(file);
        return info.Exists && info.Length == length;
    }

    private sealed class Score
    {
        [ColumnName("total")]
        public float[] Total { get; set; } = [];
    }
}
