using System.Linq.Expressions;
using System.Reflection;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Delegates of any type whose calls are handed on as a list of arguments.</summary>
internal static class CalledBack
{
    /// <summary>Makes a delegate.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="call">Gets the arguments, changes those by reference in place, and gives the result.</param>
    public static Delegate Make(Type type, Func<object?[], object?> call)
    {
        MethodInfo invoke = type.GetMethod("Invoke")!;
        ParameterExpression[] parameters = [.. invoke.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType, parameter.Name))];
        ParameterExpression packed = Expression.Variable(typeof(object[])), result = Expression.Variable(typeof(object));
        return Expression.Lambda(
            type,
            Expression.Block(
                [packed, result],
                [
                    Expression.Assign(packed, Expression.NewArrayInit(typeof(object), parameters.Select(parameter => Expression.Convert(parameter, typeof(object))))),
                    Expression.Assign(result, Expression.Invoke(Expression.Constant(call), packed)),
                    .. parameters.Select((parameter, i) => (parameter, i)).Where(pair => pair.parameter.IsByRef).Select(
                        pair => Expression.Assign(pair.parameter, Expression.Convert(Expression.ArrayIndex(packed, Expression.Constant(pair.i)), pair.parameter.Type))),
                    invoke.ReturnType == typeof(void) ? Expression.Empty() : Expression.Convert(result, invoke.ReturnType),
                ]),
            parameters).Compile();
    }
}
