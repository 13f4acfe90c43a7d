using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>The values of one column for the rows of a block.</summary>
internal abstract class BlockColumn;

/// <summary>The values of one column for the rows of a block.</summary>
/// <typeparam name="T">The column's raw type in ML.NET.</typeparam>
internal abstract class BlockColumn<T> : BlockColumn
{
    /// <summary>Reads a value as an ML.NET getter does, reusing what the receiver brings.</summary>
    /// <param name="index">The row in its block.</param>
    /// <param name="value">Receives the value.</param>
    public abstract void Get(int index, ref T value);
}

/// <summary>A column of the input that passes through: its values wait in the block for their row's results.</summary>
internal abstract class BufferedColumn
{
    private static readonly MethodInfo CreateGeneric =
        typeof(BufferedColumn).GetMethod(nameof(CreateTyped), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>The values.</summary>
    public abstract BlockColumn Column { get; }

    /// <summary>Copies the value of the input's current row.</summary>
    /// <param name="index">The row in its block.</param>
    public abstract void Read(int index);

    /// <summary>Makes the buffer of one column.</summary>
    /// <param name="row">The input.</param>
    /// <param name="column">The input's column, of any type.</param>
    /// <param name="capacity">Rows of the block.</param>
    public static BufferedColumn Create(DataViewRow row, DataViewSchema.Column column, int capacity)
    {
        Type raw = column.Type.RawType;
        Type[] arguments = column.Type is VectorDataViewType vector ? [raw, vector.ItemType.RawType] : [raw, typeof(byte)];
        return (BufferedColumn)CreateGeneric.MakeGenericMethod(arguments).Invoke(null, [row, column, capacity])!;
    }

    private static BufferedColumn CreateTyped<T, TItem>(DataViewRow row, DataViewSchema.Column column, int capacity) =>
        column.Type is VectorDataViewType
            ? new VectorBuffer<TItem>(row.GetGetter<VBuffer<TItem>>(column), capacity)
            : new ValueBuffer<T>(row.GetGetter<T>(column), capacity);

    // Texts are immutable, and an image (the one type with an owner) stays the source's: a getter that makes images releases the one
    // that it finds in its place, which here is the same place of an earlier block, long handed on.
    private sealed class ValueBuffer<T>(ValueGetter<T> getter, int capacity) : BufferedColumn
    {
        private readonly T[] _values = new T[capacity];

        public override BlockColumn Column => new Values(_values);

        public override void Read(int index) => getter(ref _values[index]);

        private sealed class Values(T[] values) : BlockColumn<T>
        {
            public override void Get(int index, ref T value) => value = values[index];
        }
    }

    private sealed class VectorBuffer<TItem>(ValueGetter<VBuffer<TItem>> getter, int capacity) : BufferedColumn
    {
        private readonly VBuffer<TItem>[] _values = new VBuffer<TItem>[capacity];

        public override BlockColumn Column => new Values(_values);

        public override void Read(int index) => getter(ref _values[index]);

        private sealed class Values(VBuffer<TItem>[] values) : BlockColumn<VBuffer<TItem>>
        {
            public override void Get(int index, ref VBuffer<TItem> value) => values[index].CopyTo(ref value);
        }
    }
}
