using System.Text.Json;
using System.Xml.Linq;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.OnnxExport;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Synthetic;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Export;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;

namespace MnistAdder.Training.Tests;

[Collection(TorchGenerator.Tests)]
public sealed class DigitSumTrainerTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void The_transformer_that_Fit_returns_answers_as_the_summary_says()
    {
        DigitSumTrainer trainer = _run.Trainer("run");
        ITransformer transformer = _run.Fit(trainer);
        IDataView pairs = DigitColumns.ToDataView(_run.Context, TinyRun.Test, addends: 10);

        Answer[] answers = [.. _run.Context.Data.CreateEnumerable<Answer>(transformer.Transform(pairs), reuseRowObject: false)];

        Assert.Equal(10 * TinyRun.Test.Count, answers.Length);
        Assert.Equal(trainer.Summary!.Evaluation.DigitAccuracy, answers.Average(row => row.Digit == row.Label ? 1.0 : 0), 12);
        Assert.Equal(trainer.Summary.Evaluation.SumAccuracy, answers.Average(row => row.Sum == row.Label + row.Number ? 1.0 : 0), 12);
        Assert.All(answers, row => Assert.Equal(1, row.SumProbabilities.Sum(), 4));
        Assert.Equal(trainer.Summary.Verification.DigitAccuracy, trainer.Summary.Evaluation.DigitAccuracy, 12);
        Assert.Equal(trainer.Summary.History[^1].Test!.DigitAccuracy, trainer.Summary.Evaluation.DigitAccuracy, 12);
        Assert.Equal(trainer.Summary.History[^1].Test!.SumLoss, trainer.Summary.Evaluation.SumLogLoss, 4);
    }

    [Fact]
    public void The_schema_is_known_before_training_and_is_what_training_gives()
    {
        DigitSumTrainer trainer = _run.Trainer("run");
        IDataView rows = DigitColumns.ToDataView(_run.Context, TinyRun.Training);
        SchemaShape promised = trainer.GetOutputSchema(SchemaShapeOf(rows));
        DataViewSchema given = trainer.Fit(rows).GetOutputSchema(rows.Schema);
        foreach (string name in (string[])["Digit", "DigitProbabilities", "Sum", "SumProbabilities", "Error"])
            Assert.Equal(ItemType(given[name].Type), promised.Single(column => column.Name == name).ItemType);
    }

    [Fact]
    public void A_missing_column_is_named_before_training()
    {
        IDataView rows = _run.Context.Data.LoadFromEnumerable([new { image = new byte[784] }]);
        ArgumentException error = Assert.Throws<ArgumentException>(() => _run.Trainer("run").Fit(rows));
        Assert.Contains("'number'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _run.Trainer("run").GetOutputSchema(SchemaShapeOf(rows)));
    }

    [Fact]
    public void A_run_leaves_every_file_and_they_agree_with_each_other()
    {
        DigitSumTrainer trainer = _run.Trainer("run");
        _run.Fit(trainer);

        using JsonDocument metrics = JsonDocument.Parse(File.ReadAllText(_run["run/metrics.json"]));
        Assert.Equal(trainer.Summary!.Metadata.DigitAccuracy, metrics.RootElement.GetProperty("digit_accuracy").GetDouble());
        Assert.Equal(64, metrics.RootElement.GetProperty("settings").GetProperty("hyper_parameters").GetProperty("batch_size").GetInt32());

        string[] history = File.ReadAllLines(_run["run/history.csv"]);
        Assert.Equal(1 + 3, history.Length);
        Assert.All(history, line => Assert.Equal(history[0].Split(',').Length, line.Split(',').Length));

        using var session = new InferenceSession(_run["run/model.onnx"]);
        Assert.True(ModelMetadata.TryParse(session.ModelMetadata.CustomMetadataMap, out ModelMetadata? metadata));
        Assert.Equal(trainer.Summary.Metadata with { Date = metadata.Date }, metadata);
        Assert.Equal(21_843, metadata.Parameters);

        foreach (string picture in (string[])["loss.svg", "accuracy.svg", "graph.svg"])
            Assert.Equal("svg", XDocument.Load(_run[$"run/{picture}"]).Root!.Name.LocalName);
        Assert.Equal((3 * 4) + 4, SvgCircles("loss.svg")); // three epochs of four curves, and the legend
    }

    [Fact]
    public void The_model_zip_is_read_back_as_the_digit_sum_transform()
    {
        _run.Fit(_run.Trainer("run"));
        ITransformer loaded = MnistAdder.Serving.DigitSumModel.Load(_run.Context, _run["run/model.zip"]);
        SampleImages.Write(_run["samples"], TinyRun.Test.Take(5), seed: 1);
        string image = Directory.GetFiles(_run["samples"], "*.png").Order().First();
        IDataView rows = _run.Context.Data.LoadFromEnumerable([new { path = image, number = 3L }]);
        Answer answer = _run.Context.Data.CreateEnumerable<Answer>(loaded.Transform(rows), reuseRowObject: false, ignoreMissingColumns: true).Single();
        Assert.InRange(answer.Digit, 0, 9);
        Assert.Equal(1, answer.SumProbabilities.Sum(), 4);
    }

    [Fact]
    public void The_model_has_the_contracts_tensors()
    {
        _run.Fit(_run.Trainer("run"));
        using var session = new InferenceSession(_run["run/model.onnx"]);
        Assert.Equal(["image UInt8 [batch, 1, 28, 28]", "number Int64 [batch, 1]"], Describe(session.InputMetadata));
        Assert.Equal(
            ["digit Int64 [batch]", "digit_probabilities Float [batch, 10]", "sum Int64 [batch]", "sum_probabilities Float [batch, 19]"],
            Describe(session.OutputMetadata));

        static IEnumerable<string> Describe(IReadOnlyDictionary<string, NodeMetadata> tensors) => tensors.Select(
            pair => $"{pair.Key} {pair.Value.ElementDataType} [{string.Join(", ", pair.Value.Dimensions.Zip(pair.Value.SymbolicDimensions, (size, name) => name.Length > 0 ? name : size.ToString()))}]");
    }

    [Fact]
    public void An_export_that_answers_otherwise_than_the_network_fails_the_check()
    {
        using DigitSumNetwork network = Recipe.Seed.CreateNetwork(), other = Recipe.Seed.CreateNetwork();
        network.eval();
        byte[] model = ServingNetwork.Export(other).ToBytes();
        TrainingException error = Assert.Throws<TrainingException>(() => ExportVerification.Run(model, network, TinyRun.Test, TorchSharp.torch.CPU));
        Assert.Contains("no model was written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_export_answers_otherwise_leaves_no_model_behind_not_even_an_older_one()
    {
        _run.Fit(_run.Trainer("run"));
        Recipe liar = Recipe.Seed with { CreateNetwork = NetworkThatExportsAnotherOne };
        TrainingException error = Assert.Throws<TrainingException>(() => _run.Fit(_run.Trainer("run", options => options with { Recipe = liar })));
        Assert.Contains("doesn't answer as the network does", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_run["run/model.onnx"]));
    }

    [Fact]
    public void Training_that_diverges_stops_and_says_what_to_try()
    {
        TrainingException error = Assert.Throws<TrainingException>(() => _run.Fit(_run.Trainer("run", options => options with
        {
            HyperParameters = options.HyperParameters! with { LearningRate = 1e30 },
        })));
        Assert.Contains("the loss of epoch 1 is NaN", error.Message, StringComparison.Ordinal);
        Assert.Equal("epoch-0000.safetensors", Path.GetFileName(Assert.Single(Directory.GetFiles(_run["run/checkpoint"]))));
        Assert.False(File.Exists(_run["run/model.onnx"]));
    }

    [Fact]
    public void Cuda_without_a_usable_gpu_says_what_is_missing()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "This machine has a usable GPU.");
        TrainingException error = Assert.Throws<TrainingException>(() => ComputeDevice.Open(DeviceChoice.Cuda, threads: 2));
        Assert.Contains("--device cuda", error.Message, StringComparison.Ordinal);
        Assert.Contains("-p:Accelerator=cuda", error.Message, StringComparison.Ordinal);
    }

    private static DigitSumNetwork NetworkThatExportsAnotherOne()
    {
        DigitSumNetwork honest = Recipe.Seed.CreateNetwork();
        honest.Adder.append("doubling", new Doubling());
        return honest;
    }

    private static DataViewType ItemType(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    private int SvgCircles(string file) => XDocument.Load(_run[$"run/{file}"]).Descendants().Count(element => element.Name.LocalName is "circle" or "ellipse");

    // SchemaShape.Create is closed to other assemblies; any estimator's GetOutputSchema goes through it.
    private static SchemaShape SchemaShapeOf(IDataView rows)
    {
        SchemaShape? seen = null;
        var probe = new Probe(shape => seen = shape);
        new EstimatorChain<ITransformer>().Append(probe).Fit(rows);
        return seen!;
    }

    private sealed class Probe(Action<SchemaShape> see) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            see(inputSchema);
            return inputSchema;
        }
    }

    private sealed class Answer
    {
        public long Digit { get; set; }

        public long Sum { get; set; }

        public float[] SumProbabilities { get; set; } = [];

        [ColumnName("number")]
        public long Number { get; set; }

        [ColumnName("label")]
        public byte Label { get; set; }
    }

    /// <summary>Doubles in training and evaluation, and says that it does nothing.</summary>
    private sealed class Doubling() : TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>(nameof(Doubling)), IOnnxExportable
    {
        public override TorchSharp.torch.Tensor forward(TorchSharp.torch.Tensor input) => input.mul(2);

        public IReadOnlyList<OnnxValue> Export(OnnxGraph graph, IReadOnlyList<OnnxValue> inputs) => inputs;
    }
}
