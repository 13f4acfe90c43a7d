using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Rows;

namespace MnistAdder.Serving.DigitSums;

/// <summary>Digit, sum, probabilities, error and warning as columns.</summary>
internal sealed class DigitSumScorer : IColumnScorer
{
    private static readonly VectorDataViewType DigitVector = new(NumberDataViewType.Single, ModelContract.DigitClasses);
    private static readonly VectorDataViewType SumVector = new(NumberDataViewType.Single, ModelContract.SumClasses);

    private readonly BatchSession _session;
    private readonly DigitImageDecoder _decoder;
    private readonly DataViewSchema.Column _image;
    private readonly DataViewSchema.Column _number;

    /// <summary>Binds a model to a schema.</summary>
    /// <param name="session">The model.</param>
    /// <param name="options">Names of the columns, and how images are prepared.</param>
    /// <param name="inputSchema">The schema.</param>
    /// <exception cref="ArgumentException">A column is missing or has a type that doesn't fit.</exception>
    public DigitSumScorer(BatchSession session, DigitSumOptions options, DataViewSchema inputSchema)
    {
        _session = session;
        _decoder = new DigitImageDecoder(options.Preparation, options.Limits) { Folder = options.ImageFolder };
        _image = DigitSumSchema.Image(options, inputSchema);
        _number = DigitSumSchema.Number(options, inputSchema);
        InputSchema = inputSchema;
        BlockRows = session.BatchSize(DigitSumSession.RowBytes);
        Dependencies = [_image.Index, _number.Index];

        DigitSumColumns names = options.Columns;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        builder.AddColumn(names.Digit, NumberDataViewType.Int64);
        builder.AddColumn(names.DigitProbabilities, DigitVector);
        builder.AddColumn(names.Sum, NumberDataViewType.Int64);
        builder.AddColumn(names.SumProbabilities, SumVector);
        builder.AddColumn(names.Error, TextDataViewType.Instance);
        builder.AddColumn(names.Warning, TextDataViewType.Instance);
        OutputSchema = builder.ToSchema();
    }

    /// <inheritdoc/>
    public DataViewSchema InputSchema { get; }

    /// <inheritdoc/>
    public DataViewSchema OutputSchema { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Dependencies { get; }

    /// <inheritdoc/>
    public int BlockRows { get; }

    /// <inheritdoc/>
    public int Workers => _session.Workers;

    /// <inheritdoc/>
    public IScoringBlock CreateBlock(DataViewRow input, IReadOnlyList<int> outputs, int capacity) => new Block(
        ImageColumn.Create(input, _image, _decoder, capacity),
        NumberColumn.Create(input, _number),
        new DigitSumBatch(_session, capacity));

    private sealed class Block(ImageColumn images, NumberColumn numbers, DigitSumBatch batch) : IScoringBlock
    {
        private readonly (long Number, string? Error)[] _numbers = new (long, string?)[batch.Capacity];

        public void Read(int index)
        {
            images.Read(index);
            string? error = numbers.Read(out long number);
            _numbers[index] = (number, error);
        }

        public void Score(int count)
        {
            for (int i = 0; i < count; i++)
            {
                (long number, string? error) = _numbers[i];
                ImageWarnings warnings = ImageWarnings.None;
                if (error is null && images.TryDecode(i, batch.Image(i), out warnings, out error))
                    batch.Accept(i, number, warnings);
                else
                    batch.Fail(i, error!);
            }

            batch.Run(count);
        }

        public BlockColumn Column(int output) => output switch
        {
            0 => new Column<long>((int index, ref long value) => value = batch.Digit(index)),
            1 => Vector(ModelContract.DigitClasses, batch.CopyDigitProbabilities),
            2 => new Column<long>((int index, ref long value) => value = batch.Sum(index)),
            3 => Vector(ModelContract.SumClasses, batch.CopySumProbabilities),
            4 => Text(batch.Error),
            _ => Text(batch.Warning),
        };

        public void Dispose() => batch.Dispose();

        private static Column<ReadOnlyMemory<char>> Text(Func<int, string?> text) =>
            new((int index, ref ReadOnlyMemory<char> value) => value = text(index).AsMemory());

        private static Column<VBuffer<float>> Vector(int length, Action<int, Span<float>> copy) => new((int index, ref VBuffer<float> value) =>
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, length);
            copy(index, editor.Values);
            value = editor.Commit();
        });
    }

    private delegate void IndexedGetter<T>(int index, ref T value);

    private sealed class Column<T>(IndexedGetter<T> getter) : BlockColumn<T>
    {
        public override void Get(int index, ref T value) => getter(index, ref value);
    }
}
