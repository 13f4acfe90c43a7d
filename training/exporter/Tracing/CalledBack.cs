using System.Linq.Expressions;
using System.Reflection;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Delegates of any type whose calls are handed on as a list of arguments.</summary>
internal static class CalledBack
{
    /// <summary>Makes a delegate.</summary>
    /// <param name="type">Its type; no argument is by reference.</param>
    /// <param name="call">Gets the arguments and gives the result.</param>
    public static Delegate Make(Type type, Func<object?[], object?> call)
    {
        MethodInfo invoke = type.GetMethod("Invoke")!;
        ParameterExpression[] parameters = [.. invoke.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType, parameter.Name))];
        Expression packed = Expression.NewArrayInit(typeof(object), parameters.Select(parameter => Expression.Convert(parameter, typeof(object))));
        Expression called = Expression.Invoke(Expression.Constant(call), packed);
        Expression body = invoke.ReturnType == typeof(void) ? called : Expression.Convert(called, invoke.ReturnType);
        return Expression.Lambda(type, body, parameters).Compile();
    }
}
