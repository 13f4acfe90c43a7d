using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Serving;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Devices;
using MnistAdder.Training.Export;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Output;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Results;
using MnistAdder.Training.Weights;

namespace MnistAdder.Training;

/// <summary>
/// Trains the dual-head network in TorchSharp on the rows of an <see cref="IDataView"/> (<see cref="DigitRow"/>), exports it to
/// ONNX, checks that ONNX Runtime answers as TorchSharp does, and returns the ONNX-backed transformer.
/// </summary>
public sealed class DigitSumTrainer : IEstimator<ITransformer>
{
    private readonly MLContext _ml;
    private readonly DigitSumTrainerOptions _options;

    /// <summary>A trainer that has done nothing yet.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="options">What to train and where to leave it.</param>
    public DigitSumTrainer(MLContext ml, DigitSumTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(options);
        _ml = ml;
        _options = options;
    }

    /// <summary>What the last <see cref="Fit"/> found; null before it.</summary>
    internal RunSummary? Summary { get; private set; }

    /// <summary>Trains, exports, verifies and writes everything into the output folder.</summary>
    /// <param name="input">Rows with the columns <c>image</c> (784 bytes), <c>number</c> (Int64) and <c>label</c> (Byte).</param>
    /// <returns>The digit-sum transformer over the exported model, which adds <see cref="DigitSumColumns"/>.</returns>
    /// <exception cref="TrainingException">
    /// No such device, an output folder that another trainer has or in which something would be lost, a checkpoint of another run, or an
    /// export that doesn't answer as the network does.
    /// </exception>
    /// <exception cref="InvalidDataException">A row's label is no digit, or the checkpoint is broken.</exception>
    /// <exception cref="UnwritableFileException">A file can't be written; the checkpoint of the last whole epoch is kept.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the checkpoint of the last whole epoch is kept.</exception>
    public ITransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        RequireColumns(name => input.Schema.GetColumnOrNull(name)?.Type);
        DigitSet training = DigitColumns.Read(input);
        DigitSet? test = _options.TestSet is null ? null : DigitColumns.Read(_options.TestSet);

        using var folderLock = FolderLock.Take(_options.OutputFolder);
        var output = new OutputFolder(_options.OutputFolder);
        ComputeDevice device = ComputeDevice.Open(_options.Device, _options.Threads);
        string judgedOn = test is null ? "training" : _options.TestSetName;
        var settings = new RunSettings(
            _options.Recipe.Name,
            _options.DatasetName,
            training.Count,
            judgedOn,
            (test ?? training).Count,
            _options.Recipe.Method,
            _options.HyperParameters ?? _options.Recipe.Defaults,
            _options.Seed,
            device.Kind,
            _options.Threads);
        bool repeats = !_options.Resume && !_options.Overwrite && EarlierRun.IsOfSameSettings(output, settings);
        output.RemoveAbandoned();

        TensorBoardEvents? events = _options.TensorBoardFolder is { } folder ? new TensorBoardEvents(folder) : null;
        ITrainingObserver observer = events is null ? _options.Observer : new ObserverPair(_options.Observer, events);
        using var run = new TrainingRun(_options.Recipe, settings, device, training, test, observer);
        IReadOnlyList<LayerRow> layers = LayerTable.Describe(run.Network);
        observer.Starting(settings, device.Report, layers);
        if (device.HasIdleGpu)
            observer.Note(device.Fallback!);
        if (repeats)
            observer.Note($"the finished run of the same settings in {output.Folder} is replaced");
        if (_options.Resume)
            run.Resume(output.Checkpoints.Load(_options.ResumeFrom));
        if (run.History.Count == settings.HyperParameters.Epochs)
            observer.Note($"the run in {output.Folder} is finished, with no epoch left to train; its model is checked and written again");
        run.Train(output.Checkpoints, _options.CheckpointEvery, _options.Cancellation);

        ModelOrigin origin = ModelOrigin.Of(settings, run.History.Count);
        VerifiedModel model;
        try
        {
            model = ModelExport.Export(_ml, run.Network, origin, test ?? training, judgedOn, device.Device, _options.Cancellation);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            output.RemoveModel();
            throw;
        }

        Summary = new RunSummary(run.Settings, device.Report, layers, run.History, model.Verification, model.Evaluation, model.Details, model.Metadata, model.ExportSeconds);
        output.Write(Summary, model, run.Network, origin, _options.ShowsGallery);
        if (_options.ShowsGallery)
            events?.AddMistakes(model.Details.WorstMistakes, run.History.Count);
        return Scorer(model.Bytes).Fit(input);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        RequireColumns(name => inputSchema.Where(column => column.Name == name).Select(TypeOf).FirstOrDefault());

        // The outputs don't depend on the weights, so that fresh ones will do.
        using DigitSumNetwork untrained = _options.Recipe.CreateNetwork();
        return Scorer(ServingNetwork.Export(untrained).ToBytes()).GetOutputSchema(inputSchema);
    }

    private DigitSumEstimator Scorer(byte[] model) => _ml.Transforms.ApplyDigitSumModel(
        new DigitSumOptions { ModelBytes = model, ImageColumn = ModelContract.Image, NumberColumn = ModelContract.Number });

    private static DataViewType TypeOf(SchemaShape.Column column) =>
        column.Kind == SchemaShape.Column.VectorKind.Vector && column.ItemType is PrimitiveDataViewType item ? new VectorDataViewType(item) : column.ItemType;

    private static void RequireColumns(Func<string, DataViewType?> typeOf)
    {
        RequireColumn(ModelContract.Image, "a vector of 784 bytes", type => type is VectorDataViewType { ItemType: NumberDataViewType item } && item == NumberDataViewType.Byte);
        RequireColumn(ModelContract.Number, "an Int64", type => type == NumberDataViewType.Int64);
        RequireColumn(DigitRow.LabelColumn, "a Byte", type => type == NumberDataViewType.Byte);

        void RequireColumn(string name, string expected, Func<DataViewType, bool> fits)
        {
            DataViewType type = typeOf(name) ?? throw new ArgumentException($"The trainer needs a column '{name}', {expected}.");
            if (!fits(type))
                throw new ArgumentException($"The trainer's column '{name}' is {type}; it must be {expected}.");
        }
    }
}
